/** The metadata quorum as its leader sees it. */

import type { Cluster } from "../../../client/cluster.ts";
import { BrokerError } from "../../../client/errors.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { describeQuorum } from "../../../protocol/messages/55_describe_quorum.ts";
import type { QuorumPicture } from "../picture.ts";
import { askBroker } from "./ask.ts";

const METADATA = { topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] };

/**
 * Asks a broker, which passes the question on to the controller that it knows: another may know one that is cut off.
 * Throws `BrokerError` when no leader answers.
 */
export async function surveyQuorum(cluster: Cluster, broker: number): Promise<QuorumPicture> {
  const answer = await askBroker(cluster, broker, describeQuorum, METADATA);
  const partition = answer?.topics[0]?.partitions[0];
  const errorCode = answer?.errorCode || partition?.errorCode;
  if (partition === undefined || errorCode !== ErrorCode.NONE) {
    throw new BrokerError("describe the quorum", errorCode ?? ErrorCode.REQUEST_TIMED_OUT);
  }
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition;
  const endOffset = currentVoters.find(({ replicaId }) => replicaId === leaderId)?.logEndOffset ??
    highWatermark;
  const pictureOf = (isVoter: boolean) => (replica: (typeof currentVoters)[number]) => ({
    id: replica.replicaId,
    isVoter,
    logEndOffset: replica.logEndOffset,
    lag: Math.max(0, endOffset - replica.logEndOffset),
    lastFetchMs: replica.lastFetchTimestamp,
    lastCaughtUpMs: replica.lastCaughtUpTimestamp,
  });
  const byId = (a: { readonly id: number }, b: { readonly id: number }) => a.id - b.id;
  return {
    leaderId,
    leaderEpoch,
    highWatermark,
    replicas: [
      ...currentVoters.map(pictureOf(true)).sort(byId),
      ...observers.map(pictureOf(false)).sort(byId),
    ],
  };
}
