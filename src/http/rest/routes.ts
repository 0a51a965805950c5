/** All routes of the REST interface. */

import { consumeRoute } from "./records/consume.ts";
import { produceRoute } from "./records/produce.ts";
import type { Route } from "./route.ts";
import { alterTopicRoute, createTopicRoute, deleteTopicRoute } from "./topics/change.ts";
import { describePartitionRoute, describeTopicRoute, listTopicsRoute } from "./topics/routes.ts";

export const routes: readonly Route[] = [
  listTopicsRoute,
  createTopicRoute,
  describeTopicRoute,
  alterTopicRoute,
  deleteTopicRoute,
  produceRoute,
  describePartitionRoute,
  consumeRoute,
];
