/** All routes of the REST interface. */

import { assignmentPlanRoute, rebalanceRoute } from "./cluster/rebalance.ts";
import { clusterStatusRoute } from "./cluster/status.ts";
import { commitRoute, heartbeatRoute, leaveGroupRoute, registerMemberRoute } from "./groups/member_routes.ts";
import { resetGroupRoute } from "./groups/reset.ts";
import { deleteGroupRoute, describeGroupRoute, listGroupsRoute } from "./groups/routes.ts";
import { browseRoute } from "./records/browse.ts";
import { consumeRoute } from "./records/consume.ts";
import { produceRoute } from "./records/produce.ts";
import { streamRoute } from "./records/stream.ts";
import type { Route } from "./route.ts";
import { alterTopicRoute, createTopicRoute, deleteTopicRoute } from "./topics/change.ts";
import { describePartitionRoute, describeTopicRoute, listTopicsRoute } from "./topics/routes.ts";

export const routes: readonly Route[] = [
  listTopicsRoute,
  createTopicRoute,
  describeTopicRoute,
  alterTopicRoute,
  deleteTopicRoute,
  describePartitionRoute,
  produceRoute,
  consumeRoute,
  browseRoute,
  streamRoute,
  listGroupsRoute,
  describeGroupRoute,
  deleteGroupRoute,
  registerMemberRoute,
  heartbeatRoute,
  leaveGroupRoute,
  commitRoute,
  resetGroupRoute,
  clusterStatusRoute,
  assignmentPlanRoute,
  rebalanceRoute,
];
