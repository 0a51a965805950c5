/** OffsetForLeaderEpoch (23): where an epoch ended, so that consumers and followers find divergence (KIP-101, KIP-320). */

import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  offsetForLeaderEpoch,
  type OffsetForLeaderEpochResponse,
} from "../../protocol/messages/23_offset_for_leader_epoch.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

type Answer = OffsetForLeaderEpochResponse["topics"][number]["partitions"][number];

export function offsetForLeaderEpochHandler(broker: BrokerContext): Handler {
  return handler(offsetForLeaderEpoch, (request) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }): Answer => {
        const refuse = (errorCode: number): Answer => ({
          errorCode,
          partition: index,
          leaderEpoch: -1,
          endOffset: -1,
        });
        const partition = broker.replicas.leaderOf(topic, index);
        if (typeof partition === "number") return refuse(partition);
        const epochError = partition.checkLeaderEpoch(currentLeaderEpoch);
        if (epochError !== ErrorCode.NONE) return refuse(epochError);
        const end = partition.endOfEpoch(leaderEpoch);
        return {
          errorCode: ErrorCode.NONE,
          partition: index,
          leaderEpoch: end.epoch,
          endOffset: end.endOffset,
        };
      }),
    })),
  }));
}
