/** JoinGroup (11): becomes a member of a group and waits for the rebalance that this begins. KIP-62, KIP-345, KIP-394, KIP-800, KIP-814. The rules are in coordinator/group. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { joinGroup, type JoinGroupResponse } from "../../protocol/messages/11_join_group.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { groupRequestContext } from "../groups/request_context.ts";

export function joinGroupHandler(broker: BrokerContext): Handler {
  return handler(joinGroup, (request, context) => {
    const refuse = (errorCode: number): JoinGroupResponse => ({
      errorCode,
      protocolName: "",
      leader: "",
      memberId: request.memberId,
      generationId: -1,
      members: [],
    });
    if (request.groupId === "") return refuse(ErrorCode.INVALID_GROUP_ID);
    const asked = { type: "joinGroup", context: groupRequestContext(context), request } as const;
    return broker.groups.ask(request.groupId, asked, refuse);
  });
}
