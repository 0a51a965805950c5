/**
 * InitProducerId (22): gives an idempotent producer a fresh id. The id and epoch that a producer names (v3+, KIP-360)
 * mean something with a transactional id only, which needs the transaction coordinator, which is not there yet.
 * Version 6 (two-phase commit, KIP-939) is not served, as it is unstable in Kafka 4.3.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { initProducerId } from "../../protocol/messages/22_init_producer_id.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

export function initProducerIdHandler(broker: BrokerContext): Handler {
  return handler(initProducerId, async (request) => {
    const refuse = (errorCode: number) => ({ errorCode, producerId: -1, producerEpoch: -1 });
    if (request.transactionalId === "") return refuse(ErrorCode.INVALID_REQUEST);
    if (request.transactionalId !== null) return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    const given = await broker.producerIds.next();
    if ("errorCode" in given) return refuse(given.errorCode);
    return { errorCode: ErrorCode.NONE, producerId: given.producerId, producerEpoch: 0 };
  }, { versions: { min: 0, max: 5 } });
}
