/** OffsetDelete (47): forgets committed positions of topics that the group does not subscribe to (KIP-496). */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { offsetDelete, type OffsetDeleteResponse } from "../../protocol/messages/47_offset_delete.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

export function offsetDeleteHandler(broker: BrokerContext): Handler {
  return handler(offsetDelete, (request) => {
    const refuse = (errorCode: number): OffsetDeleteResponse => ({ errorCode, topics: [] });
    if (request.groupId === "") return refuse(ErrorCode.INVALID_GROUP_ID);
    return broker.groups.ask(request.groupId, { type: "offsetDelete", request }, refuse);
  });
}
