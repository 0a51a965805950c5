/** One partition's part of a Fetch: checks what the client believes of it, and reads. */

import { abortedTransactions } from "../log/aborted_transactions.ts";
import type { ReadRecords, ReadRefused, RecordsSource } from "../log/log_read.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { NO_NODE, type NodeId } from "../core/ids.ts";
import type { BrokerContext } from "./context.ts";
import type { FetchedPartition } from "./fetch_session.ts";
import type { Partition } from "./partition.ts";
import { preferredReadReplica } from "./read_replicas.ts";

/** What is read, and how much. */
export interface PartitionReadOptions {
  readonly maxBytes: number;
  /** Return one batch even when it is larger than `maxBytes`. */
  readonly minOneBatch: boolean;
  /** Only what no undecided transaction holds back (KIP-98). */
  readonly readCommitted: boolean;
  readonly byTopicId: boolean;
  /** The follower that reads: it wants the log as it is, to its end. Null for consumers. */
  readonly follower: Follower | null;
  /** What a consumer that may be sent to a follower says of itself; null when only the leader may serve it. */
  readonly nearby: NearbyReader | null;
  /** False when the request is read again after a wait: what it says of a follower is old by then. */
  readonly isFirst: boolean;
}

/** A follower as its fetch names it. */
export interface Follower {
  readonly id: NodeId;
  /** The epoch of its broker; -1 when it does not say (KIP-903). */
  readonly brokerEpoch: number;
}

/** A consumer that may read from any replica (KIP-392). */
export interface NearbyReader {
  /** Empty when it does not say. */
  readonly rackId: string;
}

/** The answer for one partition. Offsets are -1 where there is no partition to tell them. */
export interface PartitionRead {
  readonly errorCode: number;
  /** Where reading ended, or would have: the end of the log for followers. */
  readonly readableTo: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Where the client's log and this one part ways (KIP-595). */
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | undefined;
  readonly abortedTransactions:
    | readonly { readonly producerId: number; readonly firstOffset: number }[]
    | null;
  /** Who should be asked instead (KIP-392); -1 for nobody. */
  readonly preferredReadReplica: number;
  /** A follower is not given what there is, because of the quota (KIP-73). */
  readonly isThrottled: boolean;
  /** Null when there is nothing to return. */
  readonly records: RecordsSource | null;
}

/** Reads a partition; a promise when its bytes have to come from a file. */
export function readPartition(
  broker: BrokerContext,
  wanted: FetchedPartition,
  options: PartitionReadOptions,
): PartitionRead | Promise<PartitionRead> {
  const found = replicaFor(broker, wanted, options);
  if (typeof found === "number") return refuse(found);
  const epochError = found.checkEpoch(wanted.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return refuse(epochError);
  const { fetchOffset } = wanted;
  // Where nothing is left, there is nothing to diverge from (KAFKA-12996).
  if (fetchOffset < found.log.logStartOffset) return refuse(ErrorCode.OFFSET_OUT_OF_RANGE);
  const diverging = divergence(found, wanted);
  if (diverging !== undefined) return { ...describe(found, options), divergingEpoch: diverging };
  const { follower } = options;
  if (follower !== null && options.isFirst && wanted.isNamed && fetchOffset <= found.log.logEndOffset) {
    const { id: replicaId, brokerEpoch } = follower;
    const { logStartOffset } = wanted;
    const refusal = found.onFollowerFetch({ replicaId, brokerEpoch, fetchOffset, logStartOffset });
    if (refusal !== ErrorCode.NONE) return refuse(refusal);
  }
  if (follower !== null && mustWait(broker, found, follower)) {
    return { ...describe(found, options), isThrottled: true };
  }
  const { nearby } = options;
  if (nearby !== null && nearby.rackId !== "" && options.isFirst) {
    const preferred = preferredReadReplica(broker.metadata, found, { rackId: nearby.rackId, fetchOffset });
    if (preferred !== NO_NODE) return { ...describe(found, options), preferredReadReplica: preferred };
  }
  const read = found.log.read(fetchOffset, options.maxBytes, {
    upTo: readableEnd(found, options),
    minOneBatch: options.minOneBatch,
    skipEmptyBatches: follower === null,
    checkEpochs: follower !== null,
  });
  if (read.kind === "cold") return read.load().then((loaded) => finish(found, options, loaded, wanted));
  return finish(found, options, read, wanted);
}

/** Only a follower for which nobody waits is throttled: it is not in sync, nor about to be. */
function mustWait({ replicas }: BrokerContext, partition: Partition, { id }: Follower): boolean {
  const { leader } = replicas.quotas;
  const isHeldBack = partition.settings.throttled.leader && leader.isExceeded && !partition.isWaitedFor(id);
  if (isHeldBack) leader.heldBack++;
  return isHeldBack;
}

/** The leader if it is here, or a follower when that will do; else why not. */
function replicaFor(
  { replicas }: BrokerContext,
  { topicId, topic, index }: FetchedPartition,
  { byTopicId, nearby }: PartitionReadOptions,
): Partition | number {
  const found = byTopicId ? replicas.leaderById(topicId, index) : replicas.leaderOf(topic, index);
  if (typeof found !== "number" || nearby === null) return found;
  const here = byTopicId ? replicas.findById(topicId, index) : replicas.find(topic, index);
  return here?.log.offline === null && here.state.leader >= 0 ? here : found;
}

/** Where reading ends for this kind of reader. */
export function readableEnd(
  partition: Partition,
  { follower, readCommitted }: Pick<PartitionReadOptions, "follower" | "readCommitted">,
): number {
  if (follower !== null) return partition.log.logEndOffset;
  return readCommitted ? partition.lastStableOffset : partition.highWatermark;
}

function finish(
  partition: Partition,
  options: PartitionReadOptions,
  read: ReadRecords | ReadRefused,
  wanted: FetchedPartition,
): PartitionRead {
  if (read.kind === "storage-error") return refuse(ErrorCode.KAFKA_STORAGE_ERROR);
  // A consumer that is told "out of range" begins somewhere else; damage must not make it skip the rest.
  if (read.kind === "corrupt-message") return refuse(ErrorCode.CORRUPT_MESSAGE);
  if (read.kind !== "records") return refuse(outOfRange(partition, wanted));
  const described = describe(partition, options);
  if (read.records.byteLength === 0) return described;
  if (!options.readCommitted) return { ...described, records: read.records };
  const aborted = abortedTransactions(partition.log, wanted.fetchOffset, partition.lastStableOffset)
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
  return { ...described, records: read.records, abortedTransactions: aborted };
}

/** A follower may not have yet what a client without leader epochs asks for: the client should try again. */
function outOfRange(partition: Partition, { currentLeaderEpoch, fetchOffset }: FetchedPartition): number {
  return !partition.isLeader && currentLeaderEpoch < 0 && fetchOffset > partition.log.logEndOffset
    ? ErrorCode.OFFSET_NOT_AVAILABLE
    : ErrorCode.OFFSET_OUT_OF_RANGE;
}

function describe(partition: Partition, options: PartitionReadOptions): PartitionRead {
  return {
    errorCode: ErrorCode.NONE,
    readableTo: readableEnd(partition, options),
    highWatermark: partition.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    logStartOffset: partition.log.logStartOffset,
    divergingEpoch: undefined,
    preferredReadReplica: NO_NODE,
    isThrottled: false,
    abortedTransactions: options.readCommitted ? [] : null,
    records: null,
  };
}

function refuse(errorCode: number): PartitionRead {
  return {
    errorCode,
    readableTo: -1,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    divergingEpoch: undefined,
    preferredReadReplica: NO_NODE,
    isThrottled: false,
    abortedTransactions: null,
    records: null,
  };
}

function divergence(partition: Partition, wanted: FetchedPartition): PartitionRead["divergingEpoch"] {
  const { lastFetchedEpoch, fetchOffset } = wanted;
  if (lastFetchedEpoch < 0) return undefined;
  const end = partition.endOfEpoch(lastFetchedEpoch);
  if (end.epoch < 0) return undefined;
  return end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset ? end : undefined;
}
