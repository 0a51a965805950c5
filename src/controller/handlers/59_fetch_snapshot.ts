/** FetchSnapshot (59), versions 0 and 1: a piece of a snapshot, for replicas that the log left behind (KIP-630). */

import type { LeaderEpoch, Offset } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetchSnapshot } from "../../protocol/messages/59_fetch_snapshot.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { METADATA_TOPIC } from "../quorum/metadata_log.ts";
import { clusterProblem, keyOf, leaderOf, nodeEndpoints, onlyPartition } from "./quorum_partition.ts";

export function fetchSnapshotHandler(controller: ControllerContext): Handler {
  return handler(fetchSnapshot, async (request) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem, topics: [] };
    const partition = onlyPartition(
      request.topics.map(({ name, partitions }) => ({ topicName: name, partitions })),
    );
    if (partition === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, topics: [] };
    const { snapshotId, position } = partition;
    const { reply, bytes, snapshotSize } = await controller.quorum.request({
      type: "fetchSnapshot",
      replicaKey: keyOf(request.replicaId, partition.replicaDirectoryId),
      currentLeaderEpoch: partition.currentLeaderEpoch as LeaderEpoch,
      snapshotId: { offset: snapshotId.endOffset as Offset, epoch: snapshotId.epoch as LeaderEpoch },
      position,
    }, Math.min(request.maxBytes, controller.config.get("controller.quorum.fetch.snapshot.max.bytes")));
    return {
      errorCode: ErrorCode.NONE,
      topics: [{
        name: METADATA_TOPIC,
        partitions: [{
          index: 0,
          errorCode: reply.errorCode,
          snapshotId,
          currentLeader: leaderOf(reply),
          size: snapshotSize,
          position,
          unalignedRecords: bytes ?? new Uint8Array(0),
        }],
      }],
      nodeEndpoints: nodeEndpoints(reply),
    };
  });
}
