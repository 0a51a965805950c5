/** What the group coordinator wants to know of whoever sent a request. */

import type { RequestContext as GroupRequestContext } from "../../coordinator/group/types.ts";
import type { RequestContext } from "../../server/registry.ts";

/** The client's address is written as Kafka does, because DescribeGroups shows it: "/127.0.0.1". */
export function groupRequestContext(
  { apiVersion, clientId, connection }: RequestContext,
): GroupRequestContext {
  return { apiVersion, clientId: clientId ?? "", clientHost: `/${connection.remote.host}` };
}
