/** The metadata quorum: who leads it, who votes, how far the others are, and changes of who votes (KIP-595, KIP-853). */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { describeQuorum as describeQuorumApi } from "../../protocol/messages/55_describe_quorum.ts";
import { addRaftVoter as addVoterApi } from "../../protocol/messages/80_add_raft_voter.ts";
import { removeRaftVoter as removeVoterApi } from "../../protocol/messages/81_remove_raft_voter.ts";
import type { Decoded } from "../../protocol/schema.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { callController, type Outcome } from "./call.ts";

const METADATA_TOPIC = "__cluster_metadata";

/** Where a controller listens. */
export interface ControllerEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** A voter or an observer of the quorum, as its leader sees it. */
export interface QuorumReplica {
  readonly id: number;
  readonly directoryId: string;
  readonly isVoter: boolean;
  readonly logEndOffset: number;
  /** How many records it is behind the leader. */
  readonly lag: number;
  /** When it last fetched, and when it last had everything, in Unix milliseconds; -1 when that never was. */
  readonly lastFetchMs: number;
  readonly lastCaughtUpMs: number;
  /** Null when the leader does not tell. */
  readonly endpoint: ControllerEndpoint | null;
}

export interface QuorumDescription {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  /** Voters first, then observers; each by id. */
  readonly replicas: readonly QuorumReplica[];
}

/** The quorum as its leader sees it. Throws `BrokerError` when there is no leader to ask. */
export async function describeQuorum(cluster: Cluster): Promise<QuorumDescription> {
  const request = { topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }] };
  const response = await callController(
    cluster,
    describeQuorumApi,
    request,
    ({ topics }) => topics.flatMap(({ partitions }) => partitions.map((one) => one.errorCode)),
  );
  const partition = response.topics[0]?.partitions[0];
  const errorCode = response.errorCode || (partition?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR);
  if (partition === undefined || errorCode !== ErrorCode.NONE) {
    throw new BrokerError("describe the quorum", errorCode, response.errorMessage || partition?.errorMessage);
  }
  return quorumOf(partition, response.nodes);
}

type DescribedQuorum = Decoded<typeof describeQuorumApi.response>["topics"][number]["partitions"][number];
type QuorumNodes = Decoded<typeof describeQuorumApi.response>["nodes"];

function quorumOf(partition: DescribedQuorum, nodes: QuorumNodes): QuorumDescription {
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition;
  const endOffset = currentVoters.find((one) => one.replicaId === leaderId)?.logEndOffset ?? highWatermark;
  const endpoints = new Map((nodes ?? []).map(({ nodeId, listeners }) => [nodeId, listeners[0] ?? null]));
  const replica = (isVoter: boolean) => (one: DescribedQuorum["currentVoters"][number]): QuorumReplica => ({
    id: one.replicaId,
    directoryId: one.replicaDirectoryId,
    isVoter,
    logEndOffset: one.logEndOffset,
    lag: Math.max(0, endOffset - one.logEndOffset),
    lastFetchMs: one.lastFetchTimestamp,
    lastCaughtUpMs: one.lastCaughtUpTimestamp,
    endpoint: endpoints.get(one.replicaId) ?? null,
  });
  const byId = (a: QuorumReplica, b: QuorumReplica) => a.id - b.id;
  return {
    leaderId,
    leaderEpoch,
    highWatermark,
    replicas: [
      ...currentVoters.map(replica(true)).sort(byId),
      ...observers.map(replica(false)).sort(byId),
    ],
  };
}

/** A controller by its id and the id of its metadata directory: another disk is another voter. */
export interface VoterKey {
  readonly id: number;
  readonly directoryId: string;
}

/** Makes a controller that follows the quorum a voter of it. Resolves when that is committed. */
export async function addVoter(
  cluster: Cluster,
  voter: VoterKey,
  endpoints: readonly ControllerEndpoint[],
): Promise<Outcome> {
  const { errorCode, errorMessage } = await callController(
    cluster,
    addVoterApi,
    {
      clusterId: cluster.clusterId,
      timeoutMs: cluster.options.requestTimeoutMs,
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      listeners: endpoints,
    },
    (response) => [response.errorCode],
  );
  return { name: String(voter.id), errorCode, errorMessage };
}

/** Takes the vote from a controller. Resolves when that is committed. */
export async function removeVoter(cluster: Cluster, voter: VoterKey): Promise<Outcome> {
  const { errorCode, errorMessage } = await callController(
    cluster,
    removeVoterApi,
    { clusterId: cluster.clusterId, voterId: voter.id, voterDirectoryId: voter.directoryId },
    (response) => [response.errorCode],
  );
  return { name: String(voter.id), errorCode, errorMessage };
}
