/** EndQuorumEpoch (54), versions 0 and 1: a leader resigns and names who should follow it (KIP-595, KIP-853). */

import type { LeaderEpoch, NodeId } from "../../core/ids.ts";
import { ZERO_UUID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { endQuorumEpoch } from "../../protocol/messages/54_end_quorum_epoch.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { METADATA_TOPIC } from "../quorum/metadata_log.ts";
import { clusterProblem, keyOf, leaderOf, nodeEndpoints, onlyPartition } from "./quorum_partition.ts";

export function endQuorumEpochHandler(controller: ControllerContext): Handler {
  return handler(endQuorumEpoch, async (request) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem, topics: [] };
    const partition = onlyPartition(request.topics);
    if (partition === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topics: [] };
    const candidates = partition.preferredCandidates.map((key) =>
      keyOf(key.candidateId, key.candidateDirectoryId)
    );
    const successors = partition.preferredSuccessors.map((id) => keyOf(id, ZERO_UUID));
    const { reply } = await controller.quorum.request({
      type: "endQuorumEpoch",
      leaderId: partition.leaderId as NodeId,
      leaderEpoch: partition.leaderEpoch as LeaderEpoch,
      leaderEndpoints: request.leaderEndpoints,
      preferredCandidates: candidates.length > 0 ? candidates : successors,
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
