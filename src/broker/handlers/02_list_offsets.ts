/**
 * ListOffsets (2): offsets by timestamp. Special timestamps: -1 latest, -2 earliest, -3 the record with the largest
 * timestamp (KIP-734, v7+), -4 earliest on local disk (KIP-405, v8+), -5 latest tiered (KIP-1005, v9+), -6 earliest
 * not yet tiered (v11+). With read_committed (v2+) the latest is the last stable offset. Nothing is tiered yet.
 */

import { offsetForTimestamp, offsetOfMaxTimestamp, type TimestampSearch } from "../../log/log_offsets.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  listOffsets,
  type ListOffsetsRequest,
  type ListOffsetsResponse,
} from "../../protocol/messages/02_list_offsets.ts";
import { type Handler, handler, type RequestContext } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import type { Partition } from "../partition.ts";

type Requested = ListOffsetsRequest["topics"][number]["partitions"][number];
type Answer = ListOffsetsResponse["topics"][number]["partitions"][number];

/** The lowest request version in which each special timestamp may be asked for. */
const specialSince: Readonly<Record<number, number>> = {
  [-1]: 1,
  [-2]: 1,
  [-3]: 7,
  [-4]: 8,
  [-5]: 9,
  [-6]: 11,
};

export function listOffsetsHandler(broker: BrokerContext): Handler {
  return handler(listOffsets, async (request, context) => {
    const duplicates = partitionsAskedTwice(request);
    return {
      topics: await Promise.all(request.topics.map(async (topic) => ({
        name: topic.name,
        partitions: await Promise.all(
          topic.partitions.map((one) =>
            answerOne(broker, { topic: topic.name, request, context, duplicates }, one)
          ),
        ),
      }))),
    };
  });
}

/** Kafka refuses these. Each question may read the disk, so the partitions there are bound what a request costs. */
function partitionsAskedTwice(request: ListOffsetsRequest): ReadonlySet<string> {
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  for (const { name, partitions } of request.topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`;
      if (seen.has(key)) duplicates.add(key);
      else seen.add(key);
    }
  }
  return duplicates;
}

interface Asked {
  readonly topic: string;
  readonly request: ListOffsetsRequest;
  readonly context: RequestContext;
  readonly duplicates: ReadonlySet<string>;
}

async function answerOne(broker: BrokerContext, asked: Asked, requested: Requested): Promise<Answer> {
  const { partitionIndex, timestamp } = requested;
  const refuse = (errorCode: number): Answer => ({ partitionIndex, errorCode });
  if (asked.duplicates.has(`${asked.topic}-${partitionIndex}`)) return refuse(ErrorCode.INVALID_REQUEST);
  const partition = broker.replicas.leaderOf(asked.topic, partitionIndex);
  if (typeof partition === "number") return refuse(partition);
  const epochError = partition.checkLeaderEpoch(requested.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return refuse(epochError);
  if (timestamp < 0 && asked.context.apiVersion < (specialSince[timestamp] ?? Infinity)) {
    return refuse(ErrorCode.UNSUPPORTED_VERSION);
  }
  const isBehind = asked.request.replicaId < 0 && partition.highWatermark < partition.epochStartOffset;
  const position = await lookUp(partition, timestamp, readableEnd(partition, asked.request));
  // A new leader does not know at once how far its predecessor had got: what it would say of the end may be less than
  // what clients were told before (KIP-207).
  if (isBehind && (timestamp === LATEST || position === nowhere)) return refuse(notYet(asked.context));
  return typeof position === "number"
    ? refuse(position)
    : { partitionIndex, errorCode: ErrorCode.NONE, ...position };
}

type Position = Required<Pick<Answer, "timestamp" | "offset" | "leaderEpoch">>;

const LATEST = -1;
const nowhere: Position = { timestamp: -1, offset: -1, leaderEpoch: -1 };

/** Clients before v5 do not know that an offset may not be available yet. */
function notYet({ apiVersion }: RequestContext): number {
  return apiVersion >= 5 ? ErrorCode.OFFSET_NOT_AVAILABLE : ErrorCode.LEADER_NOT_AVAILABLE;
}

/** Followers may know the whole log, consumers what is replicated, and some of them what is decided. */
function readableEnd(partition: Partition, { replicaId, isolationLevel }: ListOffsetsRequest): number {
  if (replicaId >= 0) return partition.log.logEndOffset;
  return isolationLevel === 1 ? partition.lastStableOffset : partition.highWatermark;
}

async function lookUp(partition: Partition, timestamp: number, end: number): Promise<Position | number> {
  const { log } = partition;
  switch (timestamp) {
    case -1:
      return { timestamp: -1, offset: end, leaderEpoch: partition.leaderEpoch };
    case -2:
    case -4:
      return {
        timestamp: -1,
        offset: log.logStartOffset,
        leaderEpoch: log.epochs.epochAt(log.logStartOffset),
      };
    case -5:
    case -6:
      return nowhere;
    case -3:
      return below(end, await offsetOfMaxTimestamp(log));
    default:
      return below(end, await offsetForTimestamp(log, timestamp));
  }
}

/** What consumers may not read yet is not found; a log that cannot be read is an error code. */
function below(end: number, found: TimestampSearch): Position | number {
  if (found === "storage-error") return ErrorCode.KAFKA_STORAGE_ERROR;
  if (found === "corrupt-message") return ErrorCode.CORRUPT_MESSAGE;
  if (found === null || found.offset >= end) return nowhere;
  return { timestamp: found.timestampMs, offset: found.offset, leaderEpoch: found.leaderEpoch };
}
