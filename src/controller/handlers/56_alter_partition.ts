/**
 * AlterPartition (56), versions 2 and 3: the leader of a partition changes who is in sync (KIP-497). From version 3
 * on it names the broker epochs that it saw, so that a restarted replica is not taken for the one that was in sync
 * (KIP-903).
 */

import type { NodeId } from "../../core/ids.ts";
import { changePartition } from "../../metadata/apply_topics.ts";
import type { LeaderRecoveryState, PartitionImage, TopicImage } from "../../metadata/image.ts";
import { type MetadataRecordDraft, normalizeMetadataRecord } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { alterPartition, type AlterPartitionRequest } from "../../protocol/messages/56_alter_partition.ts";
import { type Handler, handler } from "../../server/registry.ts";
import { brokerEpochProblem } from "../broker_epoch.ts";
import type { ClusterView } from "../cluster_view.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal } from "../outcome.ts";
import { partitionChange } from "../partition_change.ts";

type PartitionRequest = AlterPartitionRequest["topics"][number]["partitions"][number];

/** A replica that the leader wants in the ISR, and the epoch of its broker as the leader knows it; -1 unknown. */
interface IsrMember {
  readonly brokerId: number;
  readonly brokerEpoch: number;
}

const RECOVERING: LeaderRecoveryState = 1;

export function alterPartitionHandler(controller: ControllerContext): Handler {
  return handler(alterPartition, async (request) => {
    const outcome = await controller.write(({ image, view }) => {
      const problem = brokerEpochProblem(image, request.brokerId as NodeId, request.brokerEpoch);
      if (problem !== null) return problem;
      const records: MetadataRecordDraft[] = [];
      const topics = request.topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map((partition) =>
          alterOne(view, image.topics.byId.get(topicId), { request, partition, records })
        ),
      }));
      return { records, result: topics };
    });
    return isRefusal(outcome)
      ? { errorCode: outcome.errorCode, topics: [] }
      : { errorCode: ErrorCode.NONE, topics: outcome.result };
  });
}

function alterOne(
  view: ClusterView,
  topic: TopicImage | undefined,
  { request, partition, records }: {
    readonly request: AlterPartitionRequest;
    readonly partition: PartitionRequest;
    readonly records: MetadataRecordDraft[];
  },
) {
  const { partitionIndex } = partition;
  const refused = (errorCode: number) => ({
    partitionIndex,
    errorCode,
    leaderId: 0,
    leaderEpoch: 0,
    isr: [],
    partitionEpoch: 0,
  });
  if (topic === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_ID);
  const before = topic.partitions[partitionIndex];
  if (before === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const members = membersOf(partition);
  const isr = members.map(({ brokerId }) => brokerId as NodeId);
  const errorCode = staleProblem(before, request.brokerId, partition) ??
    isrProblem(view, before, members, partition);
  if (errorCode !== null) return refused(errorCode);
  const change = partitionChange(before, {
    isr,
    election: view.isUncleanElectionEnabled(topic.name) ? "unclean" : "online",
    leaderRecoveryState: partition.leaderRecoveryState as LeaderRecoveryState,
  }, view.partition(topic, partitionIndex));
  if (change === null) return described(partitionIndex, before);
  records.push(change);
  const record = normalizeMetadataRecord(change, view.metadataVersion);
  const after = record.type === "PartitionChangeRecord" ? changePartition(before, record.data) : before;
  // A reassignment that this completes may have moved the leadership away.
  if (after.leader !== before.leader) return refused(ErrorCode.NEW_LEADER_ELECTED);
  return described(partitionIndex, after);
}

function membersOf(partition: PartitionRequest): readonly IsrMember[] {
  if (partition.newIsrWithEpochs.length > 0) return partition.newIsrWithEpochs;
  return partition.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
}

/** The leader must speak of the partition as it is now. */
function staleProblem(before: PartitionImage, brokerId: number, partition: PartitionRequest): number | null {
  const isAhead = partition.partitionEpoch > before.partitionEpoch ||
    partition.leaderEpoch > before.leaderEpoch;
  // It knows more than this controller does: another one has become active.
  if (isAhead) return ErrorCode.NOT_CONTROLLER;
  if (partition.leaderEpoch < before.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (brokerId !== before.leader) return ErrorCode.INVALID_REQUEST;
  return partition.partitionEpoch < before.partitionEpoch ? ErrorCode.INVALID_UPDATE_VERSION : null;
}

function isrProblem(
  view: ClusterView,
  before: PartitionImage,
  members: readonly IsrMember[],
  { leaderRecoveryState }: PartitionRequest,
): number | null {
  const ids = members.map(({ brokerId }) => brokerId as NodeId);
  const isSubset = new Set(ids).size === ids.length && ids.every((id) => before.replicas.includes(id));
  if (!isSubset || !ids.includes(before.leader)) return ErrorCode.INVALID_REQUEST;
  const isRecovering = leaderRecoveryState === RECOVERING;
  // Until the leader has recovered, nobody can know whether another replica is in sync (KIP-704).
  if (isRecovering && (ids.length > 1 || before.leaderRecoveryState !== RECOVERING)) {
    return ErrorCode.INVALID_REQUEST;
  }
  // One that is about to stop does not join, but while its partition needs it, it stays.
  const mayBeIn = (id: NodeId) =>
    view.isActive(id) || (before.isr.includes(id) && view.image.brokers.get(id)?.fenced === false);
  const isEligible = ({ brokerId, brokerEpoch }: IsrMember) =>
    mayBeIn(brokerId as NodeId) &&
    (brokerEpoch === -1 || view.image.brokers.get(brokerId as NodeId)?.epoch === brokerEpoch);
  return members.every(isEligible) ? null : ErrorCode.INELIGIBLE_REPLICA;
}

function described(partitionIndex: number, partition: PartitionImage) {
  return {
    partitionIndex,
    errorCode: ErrorCode.NONE,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: partition.isr,
    leaderRecoveryState: partition.leaderRecoveryState,
    partitionEpoch: partition.partitionEpoch,
  };
}
