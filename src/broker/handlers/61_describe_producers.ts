/** DescribeProducers (61): what a partition remembers of its idempotent and transactional producers (KIP-664). */

import { ErrorCode, errorInfo } from "../../protocol/error_codes.ts";
import {
  describeProducers,
  type DescribeProducersResponse,
} from "../../protocol/messages/61_describe_producers.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

type Answer = DescribeProducersResponse["topics"][number]["partitions"][number];

export function describeProducersHandler(broker: BrokerContext): Handler {
  return handler(describeProducers, (request) => ({
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex): Answer => {
        const partition = broker.replicas.leaderOf(name, partitionIndex);
        if (typeof partition === "number") {
          const errorMessage = `describe producers of ${name}-${partitionIndex}: ${
            errorInfo(partition).name
          }`;
          return { partitionIndex, errorCode: partition, errorMessage, activeProducers: [] };
        }
        const activeProducers = [...partition.log.producers.entries()].map((entry) => ({
          producerId: entry.producerId,
          producerEpoch: entry.producerEpoch,
          lastSequence: entry.lastSequence,
          lastTimestamp: entry.lastTimestampMs,
          coordinatorEpoch: entry.coordinatorEpoch,
          currentTxnStartOffset: entry.currentTxnFirstOffset,
        }));
        return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers };
      }),
    })),
  }));
}
