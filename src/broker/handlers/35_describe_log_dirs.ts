/**
 * DescribeLogDirs (35): the log directory, its space (v4+, KIP-827) and the sizes of the replicas in it. Whoever asks
 * with our own tag also learns of what the replicas are made.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  describeLogDirs,
  type DescribeLogDirsRequest,
} from "../../protocol/messages/35_describe_log_dirs.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import type { Partition } from "../partition.ts";

export function describeLogDirsHandler(broker: BrokerContext): Handler {
  return handler(describeLogDirs, (request) => {
    const byDirectory = new Map(
      broker.replicas.directories.map((path) => [path, new Map<string, Described[]>()]),
    );
    for (const partition of wantedPartitions(broker, request)) {
      const topics = byDirectory.get(broker.replicas.directoryOf(partition));
      const one = request.storage ? { ...describe(partition), ...storageOf(partition) } : describe(partition);
      const described = topics?.get(partition.topic);
      if (described === undefined) topics?.set(partition.topic, [one]);
      else described.push(one);
    }
    return {
      errorCode: ErrorCode.NONE,
      results: [...byDirectory].map(([logDir, topics]) => {
        if (broker.replicas.failedDirectories.includes(logDir)) {
          return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir, topics: [] };
        }
        const space = broker.platform.disk.space(logDir);
        return {
          errorCode: ErrorCode.NONE,
          logDir,
          topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
          totalBytes: space.totalBytes,
          usableBytes: space.freeBytes,
        };
      }),
    };
  });
}

type Described = ReturnType<typeof describe>;

function wantedPartitions(broker: BrokerContext, request: DescribeLogDirsRequest): Partition[] {
  if (request.topics === null) return [...broker.replicas.partitions()];
  return request.topics.flatMap(({ topic, partitions }) =>
    partitions.map((index) => broker.replicas.find(topic, index)).filter((one) => one !== undefined)
  );
}

function describe(partition: Partition) {
  const { log } = partition;
  return {
    partitionIndex: partition.index,
    partitionSize: log.sizeBytes,
    offsetLag: partition.isLeader ? 0 : Math.max(0, partition.highWatermark - log.logEndOffset),
    isFutureKey: false,
  };
}

/** What a replica is made of. The active segment is never compacted and counts neither as clean nor as dirty. */
function storageOf({ log }: Partition) {
  const storage = {
    segmentCount: log.segments.list.length,
    logStartOffset: log.logStartOffset,
    logEndOffset: log.logEndOffset,
  };
  if (!log.config.cleanupCompact) return storage;
  let [cleanBytes, dirtyBytes] = [0, 0];
  for (const segment of log.segments.list) {
    if (segment === log.active) break;
    if (segment.baseOffset < log.firstDirtyOffset) cleanBytes += segment.sizeBytes;
    else dirtyBytes += segment.sizeBytes;
  }
  return { ...storage, cleanBytes, dirtyBytes };
}
