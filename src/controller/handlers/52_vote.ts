/** Vote (52), versions 0 to 2: a candidate asks for a vote, or beforehand whether it would get one (KIP-595, KIP-996). */

import type { LeaderEpoch, Offset } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { vote } from "../../protocol/messages/52_vote.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { METADATA_TOPIC } from "../quorum/metadata_log.ts";
import { clusterProblem, keyOf, leaderOf, nodeEndpoints, onlyPartition } from "./quorum_partition.ts";

export function voteHandler(controller: ControllerContext): Handler {
  return handler(vote, async (request) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem, topics: [] };
    const partition = onlyPartition(request.topics);
    if (partition === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topics: [] };
    const { reply } = await controller.quorum.request({
      type: "vote",
      preVote: partition.preVote,
      replicaKey: keyOf(partition.replicaId, partition.replicaDirectoryId),
      replicaEpoch: partition.replicaEpoch as LeaderEpoch,
      voterKey: keyOf(request.voterId, partition.voterDirectoryId),
      lastOffsetEpoch: partition.lastOffsetEpoch as LeaderEpoch,
      lastOffset: partition.lastOffset as Offset,
    });
    const { errorCode } = reply;
    const voteGranted = reply.type === "vote" && reply.voteGranted;
    return {
      errorCode: ErrorCode.NONE,
      topics: [{
        topicName: METADATA_TOPIC,
        partitions: [{ partitionIndex: 0, errorCode, ...leaderOf(reply), voteGranted }],
      }],
      nodeEndpoints: nodeEndpoints(reply),
    };
  });
}
