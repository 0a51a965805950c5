/** What lies on the brokers' disks, and how far followers are behind. */

import { describeLogDirs } from "../../../client/admin/cluster.ts";
import type { Cluster } from "../../../client/cluster.ts";
import type { StoragePicture } from "../picture.ts";

/** The disks of all brokers that answer, with every replica on them. */
export async function surveyStorage(cluster: Cluster): Promise<StoragePicture> {
  const directories = await describeLogDirs(cluster);
  return {
    disks: directories.map(({ brokerId, path, totalBytes, usableBytes }) => ({
      broker: brokerId,
      path,
      totalBytes,
      usableBytes,
    })),
    replicas: directories.flatMap(({ replicas }) =>
      replicas.map(({ brokerId, topic, partition, sizeBytes, offsetLag }) => ({
        broker: brokerId,
        topic,
        partition,
        sizeBytes,
        lag: offsetLag,
      }))
    ),
  };
}
