/**
 * Fetch (1) on the controller listener, versions 4 to 18: how the metadata log is replicated to followers and
 * observers (KIP-595). Only that one partition is here; sessions (KIP-227) are not used: every request is whole.
 */

import type { LeaderEpoch, Offset } from "../../core/ids.ts";
import { METADATA_TOPIC_ID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetch, type FetchRequest } from "../../protocol/messages/01_fetch.ts";
import type { OffsetAndEpoch } from "../../raft/types.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { METADATA_TOPIC } from "../quorum/metadata_log.ts";
import { clusterProblem, keyOf, leaderOf, nodeEndpoints } from "./quorum_partition.ts";

/** The versions before that of KIP-1166 say nothing of the follower's high watermark. */
const HAS_HIGH_WATERMARK = 18;
const NO_HIGH_WATERMARK = -2;
/** From this version on topics have ids only. */
const HAS_TOPIC_IDS = 13;

export function fetchHandler(controller: ControllerContext): Handler {
  return handler(fetch, async (request, { apiVersion }) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem, responses: [] };
    const partition = metadataPartition(request, apiVersion);
    if (partition === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, responses: [] };
    const replicaId = apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId;
    const { reply, bytes } = await controller.quorum.request({
      type: "fetch",
      replicaKey: keyOf(replicaId, partition.replicaDirectoryId),
      currentLeaderEpoch: partition.currentLeaderEpoch as LeaderEpoch,
      fetchOffset: partition.fetchOffset as Offset,
      lastFetchedEpoch: partition.lastFetchedEpoch as LeaderEpoch,
      highWatermark: apiVersion >= HAS_HIGH_WATERMARK ? partition.highWatermark : NO_HIGH_WATERMARK,
      maxWaitMs: request.maxWaitMs,
    }, Math.min(request.maxBytes, controller.config.get("controller.quorum.fetch.max.bytes")));
    const answer = reply.type === "fetch" ? reply : null;
    return {
      errorCode: ErrorCode.NONE,
      responses: [{
        topic: METADATA_TOPIC,
        topicId: METADATA_TOPIC_ID,
        partitions: [{
          partitionIndex: 0,
          errorCode: reply.errorCode,
          highWatermark: answer?.highWatermark ?? -1,
          logStartOffset: answer?.logStartOffset ?? -1,
          divergingEpoch: endOf(answer?.divergingEpoch),
          snapshotId: endOf(answer?.snapshotId),
          currentLeader: leaderOf(reply),
          abortedTransactions: null,
          records: bytes ?? new Uint8Array(0),
        }],
      }],
      nodeEndpoints: nodeEndpoints(reply),
    };
  });
}

function metadataPartition(request: FetchRequest, apiVersion: number) {
  const [topic, ...more] = request.topics;
  if (topic === undefined || more.length > 0 || topic.partitions.length !== 1) return undefined;
  const isMetadata = apiVersion >= HAS_TOPIC_IDS
    ? topic.topicId === METADATA_TOPIC_ID
    : topic.topic === METADATA_TOPIC;
  return isMetadata && topic.partitions[0]?.partition === 0 ? topic.partitions[0] : undefined;
}

/** An offset and epoch in the response's form; left out when there is none. */
function endOf(id: OffsetAndEpoch | null | undefined): { endOffset: number; epoch: number } | undefined {
  return id ? { endOffset: id.offset, epoch: id.epoch } : undefined;
}
