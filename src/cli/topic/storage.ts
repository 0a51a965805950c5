/** What `sluice topic describe --storage` shows: each replica on the disk of its broker. */

import { describeLogDirs, type LogDirDescription, type ReplicaSize } from "../../client/admin/cluster.ts";
import type { Cluster, TopicMetadata } from "../../client/cluster.ts";
import type { CliContext } from "../context.ts";
import { type Cell, humanBytes, printTable } from "../output.ts";

/** Asks the brokers for the replicas of topics. */
export async function storageOfTopics(
  cluster: Cluster,
  topics: readonly TopicMetadata[],
): Promise<readonly LogDirDescription[]> {
  const places = topics.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.map((one) => one.index),
  }));
  return await describeLogDirs(cluster, places, { storage: true });
}

/** The replicas of a topic, by partition and broker. */
function replicasOf(dirs: readonly LogDirDescription[], topic: string): ReplicaSize[] {
  return dirs.flatMap((one) => one.replicas).filter((one) => one.topic === topic)
    .sort((a, b) => a.partition - b.partition || a.brokerId - b.brokerId);
}

/** The part of what may be compacted that was not; null where nothing is. */
function dirtyRatio({ storage }: ReplicaSize): number | null {
  if (storage === null || storage.dirtyBytes === null) return null;
  const total = storage.dirtyBytes + (storage.cleanBytes ?? 0);
  return total === 0 ? 0 : storage.dirtyBytes / total;
}

/** What goes into the JSON of a topic. */
export function storageJson(dirs: readonly LogDirDescription[], topic: string) {
  return replicasOf(dirs, topic).map((one) => ({
    partition: one.partition,
    broker: one.brokerId,
    logDir: one.logDir,
    sizeBytes: one.sizeBytes,
    segments: one.storage?.segments ?? null,
    startOffset: one.storage?.startOffset ?? null,
    endOffset: one.storage?.endOffset ?? null,
    offsetLag: one.offsetLag,
    cleanBytes: one.storage?.cleanBytes ?? null,
    dirtyBytes: one.storage?.dirtyBytes ?? null,
    dirtyRatio: dirtyRatio(one),
  }));
}

/** Prints a line for each replica. Brokers of Kafka do not tell all of it. */
export async function printStorage(
  dirs: readonly LogDirDescription[],
  topic: string,
  context: CliContext,
): Promise<void> {
  const { isTerminal } = context.process.stdout;
  await printTable(context, {
    heads: ["PARTITION", "BROKER", "SIZE", "SEGMENTS", "START", "END", "LAG", "DIRTY", "LOG DIR"],
    rows: replicasOf(dirs, topic).map((one): Cell[] => [
      ...(isTerminal ? [] : [topic]),
      one.partition,
      one.brokerId,
      isTerminal ? humanBytes(one.sizeBytes) : one.sizeBytes,
      one.storage?.segments ?? "?",
      one.storage?.startOffset ?? "?",
      one.storage?.endOffset ?? "?",
      one.offsetLag,
      shownRatio(dirtyRatio(one)),
      one.logDir,
    ]),
  });
}

function shownRatio(ratio: number | null): Cell {
  return ratio === null ? "-" : ratio.toFixed(2);
}
