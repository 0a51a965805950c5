/** SyncGroup (14): the leader hands in assignments, each member receives its own. KIP-345, KIP-559. The rules are in coordinator/group. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { syncGroup, type SyncGroupResponse } from "../../protocol/messages/14_sync_group.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { groupRequestContext } from "../groups/request_context.ts";

export function syncGroupHandler(broker: BrokerContext): Handler {
  return handler(syncGroup, (request, context) => {
    const refuse = (errorCode: number): SyncGroupResponse => ({ errorCode, assignment: new Uint8Array(0) });
    if (request.groupId === "") return refuse(ErrorCode.INVALID_GROUP_ID);
    const asked = { type: "syncGroup", context: groupRequestContext(context), request } as const;
    return broker.groups.ask(request.groupId, asked, refuse);
  });
}
