/** Heartbeat (12): says that a member is alive, and hears of rebalances. KIP-345. The rules are in coordinator/group. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { heartbeat, type HeartbeatResponse } from "../../protocol/messages/12_heartbeat.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { groupRequestContext } from "../groups/request_context.ts";

export function heartbeatHandler(broker: BrokerContext): Handler {
  return handler(heartbeat, (request, context) => {
    const refuse = (errorCode: number): HeartbeatResponse => ({ errorCode });
    if (request.groupId === "") return refuse(ErrorCode.INVALID_GROUP_ID);
    const asked = { type: "heartbeat", context: groupRequestContext(context), request } as const;
    return broker.groups.ask(request.groupId, asked, refuse);
  });
}
