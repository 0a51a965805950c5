/** DescribeQuorum (55), versions 0 to 2: the leader, the voters and observers, and how far they are (KIP-836). */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { describeQuorum } from "../../protocol/messages/55_describe_quorum.ts";
import type { ReplicaProgress } from "../../raft/types.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { METADATA_TOPIC } from "../quorum/metadata_log.ts";
import { onlyPartition } from "./quorum_partition.ts";

export function describeQuorumHandler(controller: ControllerContext): Handler {
  const { quorum, platform: { clock } } = controller;
  return handler(describeQuorum, (request) => {
    if (onlyPartition(request.topics) === undefined) {
      return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: null, topics: [] };
    }
    const { leaderId, leaderEpoch, highWatermark, voters, observers } = quorum.describe();
    const isLeader = leaderId === controller.meta.nodeId;
    const offsetMs = clock.wallMs() - clock.monotonicMs();
    // Raft's times are monotonic; clients want to know when that was.
    const wallTime = (ms: number) => ms < 0 ? -1 : Math.round(ms + offsetMs);
    const state = (replica: ReplicaProgress) => ({
      replicaId: replica.id,
      replicaDirectoryId: replica.directoryId,
      logEndOffset: replica.logEndOffset,
      lastFetchTimestamp: replica.id === leaderId ? clock.wallMs() : wallTime(replica.lastFetchMs),
      lastCaughtUpTimestamp: replica.id === leaderId ? clock.wallMs() : wallTime(replica.lastCaughtUpMs),
    });
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      topics: [{
        topicName: METADATA_TOPIC,
        partitions: [{
          partitionIndex: 0,
          errorCode: isLeader ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER,
          errorMessage: null,
          leaderId,
          leaderEpoch,
          highWatermark,
          currentVoters: voters.map(state),
          observers: observers.map(state),
        }],
      }],
      nodes: quorum.voters.map(({ id, endpoints }) => ({ nodeId: id, listeners: endpoints })),
    };
  });
}
