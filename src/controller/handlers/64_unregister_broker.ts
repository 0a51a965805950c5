/** UnregisterBroker (64), version 0: removes a broker for good, leaving its replicas without a home (KIP-631). */

import type { NodeId } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { unregisterBroker as api } from "../../protocol/messages/64_unregister_broker.ts";
import { type Handler, handler } from "../../server/registry.ts";
import { unregisterBroker } from "../broker_changes.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal, refuse } from "../outcome.ts";

export function unregisterBrokerHandler(controller: ControllerContext): Handler {
  return handler(api, async ({ brokerId }) => {
    const id = brokerId as NodeId;
    const outcome = await controller.write(({ view, image }) => {
      const broker = image.brokers.get(id);
      if (broker !== undefined) return { records: unregisterBroker(view, broker), result: null };
      const message = `Broker ID ${brokerId} is not currently registered`;
      return refuse(ErrorCode.BROKER_ID_NOT_REGISTERED, message);
    });
    if (isRefusal(outcome)) return { errorCode: outcome.errorCode, errorMessage: outcome.message };
    controller.heartbeats.remove(id);
    return { errorCode: ErrorCode.NONE, errorMessage: null };
  });
}
