/**
 * DeleteRecords (21): raises the log start offset of partitions, so that what is below is no longer read and its
 * segments can go (KIP-107). -1 means the high watermark.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { deleteRecords, type DeleteRecordsResponse } from "../../protocol/messages/21_delete_records.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { isInternalTopic } from "../topic_names.ts";

type Answer = DeleteRecordsResponse["topics"][number]["partitions"][number];

const HIGH_WATERMARK = -1;

export function deleteRecordsHandler(broker: BrokerContext): Handler {
  return handler(deleteRecords, async (request) => {
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) =>
        deleteBelow(broker, name, { partitionIndex, offset })
      ),
    }));
    // What is said to be deleted must not come back after a crash.
    const deleted = topics.some(({ partitions }) =>
      partitions.some((one) => one.errorCode === ErrorCode.NONE)
    );
    if (deleted) await broker.replicas.saveLogStartOffsets();
    return { topics };
  });
}

function deleteBelow(
  broker: BrokerContext,
  topic: string,
  { partitionIndex, offset }: { partitionIndex: number; offset: number },
): Answer {
  const refuse = (errorCode: number): Answer => ({ partitionIndex, lowWatermark: -1, errorCode });
  if (isInternalTopic(topic)) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION);
  const partition = broker.replicas.leaderOf(topic, partitionIndex);
  if (typeof partition === "number") return refuse(partition);
  if (partition.log.offline !== null) return refuse(ErrorCode.KAFKA_STORAGE_ERROR);
  // A topic that is only compacted needs its old records, as in Kafka.
  if (!partition.log.config.cleanupDelete) return refuse(ErrorCode.POLICY_VIOLATION);
  const target = offset === HIGH_WATERMARK ? partition.highWatermark : offset;
  if (target < 0 || target > partition.highWatermark) return refuse(ErrorCode.OFFSET_OUT_OF_RANGE);
  partition.raiseLogStart(target);
  // The disk may fail while segments are taken out.
  if (partition.log.logStartOffset < target) return refuse(ErrorCode.KAFKA_STORAGE_ERROR);
  return { partitionIndex, lowWatermark: partition.log.logStartOffset, errorCode: ErrorCode.NONE };
}
