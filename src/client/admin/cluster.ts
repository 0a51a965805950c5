/** What a cluster consists of: its brokers and their disks. */

import { messageOf } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { describeLogDirs as describeLogDirsApi } from "../../protocol/messages/35_describe_log_dirs.ts";
import { describeCluster as describeClusterApi } from "../../protocol/messages/60_describe_cluster.ts";
import type { Decoded, Encodable } from "../../protocol/schema.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError, isConnectionError } from "../errors.ts";
import type { TopicPartition } from "../leaders.ts";

export interface BrokerDescription {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  /** A fenced broker is registered, but leads nothing: it is not running, or the controller does not hear it. */
  readonly isFenced: boolean;
}

export interface ClusterDescription {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly BrokerDescription[];
}

/** The brokers of a cluster, by id; those that are fenced only when they are asked for. */
export async function describeCluster(
  cluster: Cluster,
  options: { readonly fenced?: boolean } = {},
): Promise<ClusterDescription> {
  const response = await cluster.sendToAny(describeClusterApi, {
    includeClusterAuthorizedOperations: false,
    includeFencedBrokers: options.fenced ?? false,
  });
  if (response.errorCode !== ErrorCode.NONE) {
    throw new BrokerError("describe the cluster", response.errorCode, response.errorMessage);
  }
  const brokers = response.brokers
    .map(({ brokerId: id, host, port, rack, isFenced }) => ({ id, host, port, rack, isFenced }))
    .sort((a, b) => a.id - b.id);
  return { clusterId: response.clusterId, controllerId: response.controllerId, brokers };
}

/** One replica of a partition on a broker's disk. */
export interface ReplicaSize extends TopicPartition {
  readonly brokerId: number;
  readonly logDir: string;
  readonly sizeBytes: number;
  /** How far a follower is behind, in records. */
  readonly offsetLag: number;
  /** What it is made of; null when that was not asked or the broker, such as one of Kafka, does not tell. */
  readonly storage: ReplicaStorage | null;
}

/** What a replica is made of. */
export interface ReplicaStorage {
  readonly segments: number;
  readonly startOffset: number;
  readonly endOffset: number;
  /** Compacted before, and to be compacted; null where nothing is. */
  readonly cleanBytes: number | null;
  readonly dirtyBytes: number | null;
}

/** A directory of a broker. */
export interface LogDirDescription {
  readonly brokerId: number;
  readonly path: string;
  /** -1 when the broker does not tell. */
  readonly totalBytes: number;
  readonly usableBytes: number;
  readonly replicas: readonly ReplicaSize[];
}

/**
 * The directories of the brokers that the cluster knows, with the replicas of some topics or of all. Brokers that do
 * not answer are left out.
 */
export async function describeLogDirs(
  cluster: Cluster,
  places: readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null = null,
  options: { readonly storage?: boolean } = {},
): Promise<LogDirDescription[]> {
  const brokerIds = [...cluster.brokers.keys()].sort((a, b) => a - b);
  const perBroker = await Promise.all(brokerIds.map(async (brokerId) => {
    try {
      return await logDirsOf(cluster, brokerId, { topics: places, storage: options.storage ?? false });
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      cluster.options.logger.debug("a broker did not answer", { broker: brokerId, reason: messageOf(error) });
      return [];
    }
  }));
  return perBroker.flat();
}

async function logDirsOf(
  cluster: Cluster,
  brokerId: number,
  request: Encodable<typeof describeLogDirsApi.request>,
): Promise<LogDirDescription[]> {
  const response = await cluster.send(brokerId, describeLogDirsApi, request);
  if (response.errorCode !== ErrorCode.NONE) {
    throw new BrokerError(`log directories of broker ${brokerId}`, response.errorCode);
  }
  return response.results.map(({ logDir, totalBytes, usableBytes, topics }): LogDirDescription => ({
    brokerId,
    path: logDir,
    totalBytes,
    usableBytes,
    replicas: topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => ({
        topic: name,
        partition: one.partitionIndex,
        brokerId,
        logDir,
        sizeBytes: one.partitionSize,
        offsetLag: one.offsetLag,
        storage: storageOf(one),
      }))
    ),
  }));
}

type DescribedPartition = Decoded<
  typeof describeLogDirsApi.response
>["results"][number]["topics"][number]["partitions"][number];

function storageOf(one: DescribedPartition): ReplicaStorage | null {
  if (one.segmentCount < 0) return null;
  return {
    segments: one.segmentCount,
    startOffset: one.logStartOffset,
    endOffset: one.logEndOffset,
    cleanBytes: one.cleanBytes < 0 ? null : one.cleanBytes,
    dirtyBytes: one.dirtyBytes < 0 ? null : one.dirtyBytes,
  };
}
