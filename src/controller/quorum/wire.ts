/** Between raft's requests and Kafka's messages, for the side that asks. The side that answers is in handlers/. */

import type { LeaderEpoch, NodeId, Offset } from "../../core/ids.ts";
import { METADATA_TOPIC_ID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetch } from "../../protocol/messages/01_fetch.ts";
import { vote } from "../../protocol/messages/52_vote.ts";
import { beginQuorumEpoch } from "../../protocol/messages/53_begin_quorum_epoch.ts";
import { endQuorumEpoch } from "../../protocol/messages/54_end_quorum_epoch.ts";
import { fetchSnapshot } from "../../protocol/messages/59_fetch_snapshot.ts";
import { addRaftVoter } from "../../protocol/messages/80_add_raft_voter.ts";
import { removeRaftVoter } from "../../protocol/messages/81_remove_raft_voter.ts";
import { updateRaftVoter } from "../../protocol/messages/82_update_raft_voter.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import type { LeaderInfo, RaftRequest, RaftResponse } from "../../raft/messages.ts";
import type { Endpoint, OffsetAndEpoch } from "../../raft/types.ts";
import { METADATA_TOPIC } from "./metadata_log.ts";

/** What requests carry besides what raft says. */
export interface WireContext {
  readonly clusterId: string;
  /** The controller listener's name: nodes of responses come without one. */
  readonly listenerName: string;
  readonly fetchMaxBytes: number;
  readonly snapshotMaxBytes: number;
}

/** A response in raft's form, with the bytes that raft does not look at. */
export interface PeerResponse {
  readonly response: RaftResponse;
  readonly bytes: Uint8Array | null;
}

/** Sends a request with an API; rejects when there is no response. */
export type Send = <A extends Api>(
  api: A,
  request: Encodable<A["request"]>,
) => Promise<Decoded<A["response"]>>;

type Nodes = readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];

function leaderInfo(
  of: { readonly errorCode: number; readonly leaderId: number; readonly leaderEpoch: number },
  nodes: Nodes,
  listenerName: string,
): LeaderInfo {
  const endpoints: Endpoint[] = nodes
    .filter((node) => node.nodeId === of.leaderId)
    .map(({ host, port }) => ({ name: listenerName, host, port }));
  return {
    errorCode: of.errorCode,
    leaderId: of.leaderId as NodeId,
    leaderEpoch: of.leaderEpoch as LeaderEpoch,
    leaderEndpoints: endpoints,
  };
}

/** What an error at the top of a response means: the peer says nothing of a leader. */
const NO_LEADER = { leaderId: -1, leaderEpoch: -1 };

/** Asks a peer. Resolves with null when the response is not about the metadata partition. */
export async function askPeer(
  request: RaftRequest,
  send: Send,
  context: WireContext,
): Promise<PeerResponse | null> {
  switch (request.type) {
    case "vote":
      return await askVote(request, send, context);
    case "beginQuorumEpoch":
    case "endQuorumEpoch":
      return await tellEpoch(request, send, context);
    case "fetch":
      return await askFetch(request, send, context);
    case "fetchSnapshot":
      return await askSnapshot(request, send, context);
    case "updateVoter":
      return await askUpdate(request, send, context);
    case "addVoter":
    case "removeVoter":
      return await askChange(request, send, context);
  }
}

type Of<T extends RaftRequest["type"]> = Extract<RaftRequest, { type: T }>;

async function askVote(request: Of<"vote">, send: Send, context: WireContext): Promise<PeerResponse | null> {
  const answer = await send(vote, {
    clusterId: context.clusterId,
    voterId: request.voterKey.id,
    topics: [{
      topicName: METADATA_TOPIC,
      partitions: [{
        partitionIndex: 0,
        replicaEpoch: request.replicaEpoch,
        replicaId: request.replicaKey.id,
        replicaDirectoryId: request.replicaKey.directoryId,
        voterDirectoryId: request.voterKey.directoryId,
        lastOffsetEpoch: request.lastOffsetEpoch,
        lastOffset: request.lastOffset,
        preVote: request.preVote,
      }],
    }],
  });
  const found = answer.topics[0]?.partitions[0];
  const partition = answer.errorCode !== ErrorCode.NONE
    ? { ...NO_LEADER, voteGranted: false, errorCode: answer.errorCode }
    : found;
  if (partition === undefined) return null;
  const info = leaderInfo(partition, answer.nodeEndpoints, context.listenerName);
  return { response: { type: "vote", ...info, voteGranted: partition.voteGranted }, bytes: null };
}

async function tellEpoch(
  request: Of<"beginQuorumEpoch"> | Of<"endQuorumEpoch">,
  send: Send,
  context: WireContext,
): Promise<PeerResponse | null> {
  const { clusterId, listenerName } = context;
  const { leaderId, leaderEpoch, leaderEndpoints } = request;
  const partition = { partitionIndex: 0, leaderId, leaderEpoch };
  const answer = request.type === "beginQuorumEpoch"
    ? await send(beginQuorumEpoch, {
      clusterId,
      voterId: request.voterKey.id,
      topics: [{
        topicName: METADATA_TOPIC,
        partitions: [{ ...partition, voterDirectoryId: request.voterKey.directoryId }],
      }],
      leaderEndpoints,
    })
    : await send(endQuorumEpoch, {
      clusterId,
      topics: [{
        topicName: METADATA_TOPIC,
        partitions: [{
          ...partition,
          preferredSuccessors: request.preferredCandidates.map((key) => key.id),
          preferredCandidates: request.preferredCandidates
            .map((key) => ({ candidateId: key.id, candidateDirectoryId: key.directoryId })),
        }],
      }],
      leaderEndpoints,
    });
  const found = answer.topics[0]?.partitions[0];
  const told = answer.errorCode !== ErrorCode.NONE ? { ...NO_LEADER, errorCode: answer.errorCode } : found;
  if (told === undefined) return null;
  return {
    response: { type: request.type, ...leaderInfo(told, answer.nodeEndpoints, listenerName) },
    bytes: null,
  };
}

async function askFetch(
  request: Of<"fetch">,
  send: Send,
  context: WireContext,
): Promise<PeerResponse | null> {
  const answer = await send(fetch, {
    clusterId: context.clusterId,
    replicaId: request.replicaKey.id,
    replicaState: { replicaId: request.replicaKey.id, replicaEpoch: -1 },
    maxWaitMs: request.maxWaitMs,
    minBytes: 0,
    maxBytes: context.fetchMaxBytes,
    topics: [{
      topic: METADATA_TOPIC,
      topicId: METADATA_TOPIC_ID,
      partitions: [{
        partition: 0,
        currentLeaderEpoch: request.currentLeaderEpoch,
        fetchOffset: request.fetchOffset,
        lastFetchedEpoch: request.lastFetchedEpoch,
        partitionMaxBytes: context.fetchMaxBytes,
        replicaDirectoryId: request.replicaKey.directoryId,
        highWatermark: request.highWatermark,
      }],
    }],
  });
  const partition = answer.responses[0]?.partitions[0];
  if (answer.errorCode === ErrorCode.NONE && partition === undefined) return null;
  const leader = {
    errorCode: answer.errorCode !== ErrorCode.NONE ? answer.errorCode : partition!.errorCode,
    ...(partition?.currentLeader ?? NO_LEADER),
  };
  const { divergingEpoch: diverging, snapshotId } = partition ?? {};
  return {
    response: {
      type: "fetch",
      ...leaderInfo(leader, answer.nodeEndpoints, context.listenerName),
      highWatermark: (partition?.highWatermark ?? -1) as Offset,
      logStartOffset: (partition?.logStartOffset ?? -1) as Offset,
      divergingEpoch: idOrNull(diverging),
      snapshotId: idOrNull(snapshotId),
      records: null,
    },
    // A copy: the response's buffer is used again.
    bytes: partition?.records?.slice() ?? null,
  };
}

/** An end offset and epoch; what was not sent has its default of -1. */
function idOrNull(
  id: { readonly endOffset: number; readonly epoch: number } | undefined,
): OffsetAndEpoch | null {
  if (id === undefined || id.endOffset < 0) return null;
  return { offset: id.endOffset as Offset, epoch: id.epoch as LeaderEpoch };
}

async function askSnapshot(
  request: Of<"fetchSnapshot">,
  send: Send,
  context: WireContext,
): Promise<PeerResponse | null> {
  const { snapshotId, position } = request;
  const answer = await send(fetchSnapshot, {
    clusterId: context.clusterId,
    replicaId: request.replicaKey.id,
    maxBytes: context.snapshotMaxBytes,
    topics: [{
      name: METADATA_TOPIC,
      partitions: [{
        partition: 0,
        currentLeaderEpoch: request.currentLeaderEpoch,
        snapshotId: { endOffset: snapshotId.offset, epoch: snapshotId.epoch },
        position,
        replicaDirectoryId: request.replicaKey.directoryId,
      }],
    }],
  });
  const partition = answer.topics[0]?.partitions[0];
  if (answer.errorCode === ErrorCode.NONE && partition === undefined) return null;
  const leader = {
    errorCode: answer.errorCode !== ErrorCode.NONE ? answer.errorCode : partition!.errorCode,
    ...(partition?.currentLeader ?? NO_LEADER),
  };
  const bytes = partition?.unalignedRecords.slice() ?? new Uint8Array(0);
  return {
    response: {
      type: "fetchSnapshot",
      ...leaderInfo(leader, answer.nodeEndpoints, context.listenerName),
      snapshotId,
      position: partition?.position ?? position,
      length: bytes.length,
      size: partition?.size ?? 0,
    },
    bytes,
  };
}

async function askUpdate(
  request: Of<"updateVoter">,
  send: Send,
  context: WireContext,
): Promise<PeerResponse> {
  const { voter, currentLeaderEpoch } = request;
  const answer = await send(updateRaftVoter, {
    clusterId: context.clusterId,
    currentLeaderEpoch,
    voterId: voter.id,
    voterDirectoryId: voter.directoryId,
    listeners: voter.endpoints,
    kRaftVersionFeature: {
      minSupportedVersion: voter.minKRaftVersion,
      maxSupportedVersion: voter.maxKRaftVersion,
    },
  });
  const { leaderId, leaderEpoch, host, port } = answer.currentLeader;
  const info = leaderInfo(
    { errorCode: answer.errorCode, leaderId, leaderEpoch },
    host === "" ? [] : [{ nodeId: leaderId, host, port }],
    context.listenerName,
  );
  return { response: { type: "updateVoter", ...info, errorMessage: null }, bytes: null };
}

async function askChange(
  request: Of<"addVoter"> | Of<"removeVoter">,
  send: Send,
  { clusterId }: WireContext,
): Promise<PeerResponse> {
  const { errorCode, errorMessage } = request.type === "addVoter"
    ? await send(addRaftVoter, {
      clusterId,
      timeoutMs: request.timeoutMs,
      voterId: request.voter.id,
      voterDirectoryId: request.voter.directoryId,
      listeners: request.voter.endpoints,
      ackWhenCommitted: request.ackWhenCommitted,
    })
    : await send(removeRaftVoter, {
      clusterId,
      voterId: request.voterKey.id,
      voterDirectoryId: request.voterKey.directoryId,
    });
  const info = leaderInfo({ ...NO_LEADER, errorCode }, [], "");
  return { response: { type: request.type, ...info, errorMessage }, bytes: null };
}
