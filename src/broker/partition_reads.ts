/** One partition's part of a Fetch: checks what the client believes of it, and reads. */

import type { BytesSource } from "../core/bytes.ts";
import { abortedTransactions } from "../log/aborted_transactions.ts";
import type { ReadRecords, ReadRefused } from "../log/log_read.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { BrokerContext } from "./context.ts";
import type { FetchedPartition } from "./fetch_session.ts";
import type { Partition } from "./partition.ts";

/** What is read, and how much. */
export interface PartitionReadOptions {
  readonly maxBytes: number;
  /** Return one batch even when it is larger than `maxBytes`. */
  readonly minOneBatch: boolean;
  /** Only what no undecided transaction holds back (KIP-98). */
  readonly readCommitted: boolean;
  readonly byTopicId: boolean;
  /** A replica reads, and wants the log as it is. */
  readonly isReplica: boolean;
}

/** The answer for one partition. Offsets are -1 where there is no partition to tell them. */
export interface PartitionRead {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Where the client's log and this one part ways (KIP-595). */
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | undefined;
  readonly abortedTransactions:
    | readonly { readonly producerId: number; readonly firstOffset: number }[]
    | null;
  /** Null when there is nothing to return. */
  readonly records: BytesSource | null;
}

/** Reads a partition; a promise when its bytes have to come from a file. */
export function readPartition(
  broker: BrokerContext,
  wanted: FetchedPartition,
  options: PartitionReadOptions,
): PartitionRead | Promise<PartitionRead> {
  const found = options.byTopicId
    ? broker.replicas.leaderById(wanted.topicId, wanted.index)
    : broker.replicas.leaderOf(wanted.topic, wanted.index);
  if (typeof found === "number") return refuse(found);
  const epochError = found.checkLeaderEpoch(wanted.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return refuse(epochError);
  const diverging = divergence(found, wanted);
  if (diverging !== undefined) return { ...describe(found, options), divergingEpoch: diverging };
  const read = found.log.read(wanted.fetchOffset, options.maxBytes, {
    upTo: options.readCommitted ? found.lastStableOffset : found.highWatermark,
    minOneBatch: options.minOneBatch,
    skipEmptyBatches: !options.isReplica,
  });
  const { fetchOffset } = wanted;
  if (read.kind === "cold") return read.load().then((loaded) => finish(found, options, loaded, fetchOffset));
  return finish(found, options, read, fetchOffset);
}

function finish(
  partition: Partition,
  options: PartitionReadOptions,
  read: ReadRecords | ReadRefused,
  fetchOffset: number,
): PartitionRead {
  if (read.kind === "storage-error") return refuse(ErrorCode.KAFKA_STORAGE_ERROR);
  // A consumer that is told "out of range" begins somewhere else; damage must not make it skip the rest.
  if (read.kind === "corrupt-message") return refuse(ErrorCode.CORRUPT_MESSAGE);
  if (read.kind !== "records") return refuse(ErrorCode.OFFSET_OUT_OF_RANGE);
  const described = describe(partition, options);
  if (read.records.byteLength === 0) return described;
  if (!options.readCommitted) return { ...described, records: read.records };
  const aborted = abortedTransactions(partition.log, fetchOffset, partition.lastStableOffset)
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
  return { ...described, records: read.records, abortedTransactions: aborted };
}

function describe(partition: Partition, { readCommitted }: PartitionReadOptions): PartitionRead {
  return {
    errorCode: ErrorCode.NONE,
    highWatermark: partition.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    logStartOffset: partition.log.logStartOffset,
    divergingEpoch: undefined,
    abortedTransactions: readCommitted ? [] : null,
    records: null,
  };
}

function refuse(errorCode: number): PartitionRead {
  return {
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    divergingEpoch: undefined,
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
