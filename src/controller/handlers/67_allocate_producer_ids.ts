/** AllocateProducerIds (67), version 0: a block of producer ids that no broker has had before (KIP-730). */

import type { NodeId } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { allocateProducerIds } from "../../protocol/messages/67_allocate_producer_ids.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal } from "../outcome.ts";
import { brokerEpochProblem } from "../broker_epoch.ts";

/** As in Kafka, so that a log looks the same. */
const BLOCK_SIZE = 1000;

export function allocateProducerIdsHandler(controller: ControllerContext): Handler {
  return handler(allocateProducerIds, async ({ brokerId, brokerEpoch }) => {
    const outcome = await controller.write(({ image }) => {
      const problem = brokerEpochProblem(image, brokerId as NodeId, brokerEpoch);
      if (problem !== null) return problem;
      const producerIdStart = image.nextProducerId;
      const nextProducerId = producerIdStart + BLOCK_SIZE;
      return {
        records: [{ type: "ProducerIdsRecord", data: { brokerId, brokerEpoch, nextProducerId } }],
        result: { errorCode: ErrorCode.NONE, producerIdStart, producerIdLen: BLOCK_SIZE },
      };
    });
    if (!isRefusal(outcome)) return outcome.result;
    return { errorCode: outcome.errorCode, producerIdStart: 0, producerIdLen: 0 };
  });
}
