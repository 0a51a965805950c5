/** BeginQuorumEpoch (53), versions 0 and 1: a new leader makes itself known (KIP-595, KIP-853). */

import type { LeaderEpoch, NodeId } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { beginQuorumEpoch } from "../../protocol/messages/53_begin_quorum_epoch.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { METADATA_TOPIC } from "../quorum/metadata_log.ts";
import { clusterProblem, keyOf, leaderOf, nodeEndpoints, onlyPartition } from "./quorum_partition.ts";

export function beginQuorumEpochHandler(controller: ControllerContext): Handler {
  return handler(beginQuorumEpoch, async (request) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem, topics: [] };
    const partition = onlyPartition(request.topics);
    if (partition === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topics: [] };
    const { reply } = await controller.quorum.request({
      type: "beginQuorumEpoch",
      leaderId: partition.leaderId as NodeId,
      leaderEpoch: partition.leaderEpoch as LeaderEpoch,
      leaderEndpoints: request.leaderEndpoints,
      voterKey: keyOf(request.voterId, partition.voterDirectoryId),
    });
    return {
      errorCode: ErrorCode.NONE,
      topics: [{
        topicName: METADATA_TOPIC,
        partitions: [{ partitionIndex: 0, errorCode: reply.errorCode, ...leaderOf(reply) }],
      }],
      nodeEndpoints: nodeEndpoints(reply),
    };
  });
}
