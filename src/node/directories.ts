/** The data directories of a node: which they are, who may use them, and whose they are. */

import type { BrokerConfig } from "../config/broker_config.ts";
import { type MetaProperties, openMetaProperties } from "../controller/quorum/meta_properties.ts";
import { UsageError } from "../core/errors.ts";
import type { DirectoryLock } from "../platform/disk.ts";
import type { Platform } from "../platform/platform.ts";

export interface NodeDirectories {
  /** Where the partitions are (`log.dirs`), one or more. */
  readonly logs: readonly string[];
  /** Where the metadata log is: `metadata.log.dir`, or the first of `logs`. */
  readonly metadata: string;
}

/** What `meta.properties` says in each directory. */
export interface NodeMetas {
  readonly logs: readonly MetaProperties[];
  readonly metadata: MetaProperties;
}

/** The directories that a node is configured with. Throws {@link UsageError} when one is named twice. */
export function nodeDirectories(config: BrokerConfig): NodeDirectories {
  const logs = config.get("log.dirs") ?? config.get("log.dir");
  if (logs.length === 0 || new Set(logs).size < logs.length) {
    throw new UsageError(`log.dirs: "${logs.join(",")}" must name one or more directories, each once`);
  }
  return { logs, metadata: config.get("metadata.log.dir") ?? logs[0]! };
}

/** Keeps other processes out of a directory, which is made when it is not there. Throws `DiskError`. */
export function lockDirectories({ logs, metadata }: NodeDirectories, { disk }: Platform): DirectoryLock[] {
  const locks: DirectoryLock[] = [];
  try {
    for (const directory of new Set([metadata, ...logs])) {
      disk.makeDirectory(directory);
      locks.push(disk.lockDirectory(directory));
    }
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
  return locks;
}

/** Says in each directory which node and cluster it belongs to, or checks that it does. Throws {@link UsageError}. */
export async function openMetas(
  { logs, metadata }: NodeDirectories,
  platform: Platform,
  expected: Parameters<typeof openMetaProperties>[2],
): Promise<NodeMetas> {
  const first = await openMetaProperties(platform, metadata, expected);
  const { clusterId } = first;
  const others: MetaProperties[] = [];
  for (const directory of logs) {
    const isFirst = directory === metadata;
    others.push(isFirst ? first : await openMetaProperties(platform, directory, { ...expected, clusterId }));
  }
  return { metadata: first, logs: others };
}
