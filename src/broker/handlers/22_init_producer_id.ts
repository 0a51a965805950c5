/**
 * InitProducerId (22): gives an idempotent producer its id. v3+: the producer says its current id and epoch and
 * gets the next epoch of that id (KIP-360). Version 6 (two-phase commit, KIP-939) is not served, as it is unstable
 * in Kafka 4.3. A transactional id needs the transaction coordinator, which is not there yet.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { initProducerId } from "../../protocol/messages/22_init_producer_id.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

const MAX_PRODUCER_EPOCH = 32767;

export function initProducerIdHandler(broker: BrokerContext): Handler {
  return handler(initProducerId, async (request) => {
    const refuse = (errorCode: number) => ({ errorCode, producerId: -1, producerEpoch: -1 });
    if (request.transactionalId === "") return refuse(ErrorCode.INVALID_REQUEST);
    if (request.transactionalId !== null) return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    if (
      request.producerId >= 0 && request.producerEpoch >= 0 && request.producerEpoch < MAX_PRODUCER_EPOCH - 1
    ) {
      return {
        errorCode: ErrorCode.NONE,
        producerId: request.producerId,
        producerEpoch: request.producerEpoch + 1,
      };
    }
    const given = await broker.producerIds.next();
    if ("errorCode" in given) return refuse(given.errorCode);
    return { errorCode: ErrorCode.NONE, producerId: given.producerId, producerEpoch: 0 };
  }, { versions: { min: 0, max: 5 } });
}
