/** LeaveGroup (13): members leave a group. KIP-345, KIP-800. The rules are in coordinator/group. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { leaveGroup, type LeaveGroupResponse } from "../../protocol/messages/13_leave_group.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { groupRequestContext } from "../groups/request_context.ts";

export function leaveGroupHandler(broker: BrokerContext): Handler {
  return handler(leaveGroup, (request, context) => {
    const refuse = (errorCode: number): LeaveGroupResponse => ({ errorCode, members: [] });
    if (request.groupId === "") return refuse(ErrorCode.INVALID_GROUP_ID);
    const asked = { type: "leaveGroup", context: groupRequestContext(context), request } as const;
    return broker.groups.ask(request.groupId, asked, refuse);
  });
}
