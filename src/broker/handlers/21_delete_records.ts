/**
 * DeleteRecords (21): raises the log start offset of partitions, so that what is below is no longer read and its
 * segments can go (KIP-107). -1 means the high watermark. The answer comes when all replicas that are alive have done
 * the same, or the time is up.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { deleteRecords, type DeleteRecordsResponse } from "../../protocol/messages/21_delete_records.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { withTimeout } from "../offset_waiters.ts";
import { isInternalTopic } from "../topic_names.ts";

type Answer = DeleteRecordsResponse["topics"][number]["partitions"][number];

const HIGH_WATERMARK = -1;

export function deleteRecordsHandler(broker: BrokerContext): Handler {
  return handler(deleteRecords, async (request) => {
    const { timeoutMs } = request;
    const topics = await Promise.all(request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(({ partitionIndex, offset }) =>
          deleteBelow(broker, name, { partitionIndex, offset, timeoutMs })
        ),
      ),
    })));
    // What is said to be deleted must not come back after a crash.
    const deleted = topics.some(({ partitions }) =>
      partitions.some((one) => one.errorCode === ErrorCode.NONE)
    );
    if (deleted) await broker.replicas.saveLogStartOffsets();
    return { topics };
  });
}

async function deleteBelow(
  broker: BrokerContext,
  topic: string,
  { partitionIndex, offset, timeoutMs }: { partitionIndex: number; offset: number; timeoutMs: number },
): Promise<Answer> {
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
  const deleted = partition.deleted(target);
  const outcome = deleted === true || await withTimeout(broker.platform.timers, deleted, timeoutMs);
  if (outcome === null) return refuse(ErrorCode.REQUEST_TIMED_OUT);
  if (!outcome) return refuse(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  // By now a replica may be back that was not alive when all others had given this up.
  const lowWatermark = Math.max(target, partition.lowWatermark);
  return { partitionIndex, lowWatermark, errorCode: ErrorCode.NONE };
}
