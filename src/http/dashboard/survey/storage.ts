/** What lies on the brokers' disks, and how far followers are behind. */

import type { Cluster } from "../../../client/cluster.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { describeLogDirs } from "../../../protocol/messages/35_describe_log_dirs.ts";
import type { StoragePicture } from "../picture.ts";
import { askBroker } from "./ask.ts";

/** The disks of those of `brokers` that answer, with every replica on them. */
export async function surveyStorage(cluster: Cluster, brokers: readonly number[]): Promise<StoragePicture> {
  const answers = await Promise.all(brokers.map(async (broker) => {
    const answer = await askBroker(cluster, broker, describeLogDirs, { topics: null });
    const results = answer?.errorCode === ErrorCode.NONE ? answer.results : [];
    return results.map((directory) => ({ ...directory, broker }));
  }));
  const directories = answers.flat();
  return {
    disks: directories.map(({ broker, logDir, totalBytes, usableBytes }) => ({
      broker,
      path: logDir,
      totalBytes,
      usableBytes,
    })),
    replicas: directories.flatMap(({ broker, topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, partitionSize, offsetLag }) => ({
          broker,
          topic: name,
          partition: partitionIndex,
          sizeBytes: partitionSize,
          lag: offsetLag,
        }))
      )
    ),
  };
}
