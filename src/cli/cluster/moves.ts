/** Moves of replicas as people write them and as commands show them before they are done. */

import { addedReplicas, type PartitionMove } from "../../client/admin/balance_plan.ts";
import type { ReplicasWanted } from "../../client/admin/reassignments.ts";
import type { ReplicaSize } from "../../client/admin/cluster.ts";
import type { TopicMetadata } from "../../client/cluster.ts";
import { UsageError } from "../../core/errors.ts";
import type { CliContext } from "../context.ts";
import { CommandError } from "../exit.ts";
import { type Cell, humanBytes, printTable } from "../output.ts";
import { valueOf } from "../values.ts";

/** A partition, where it is now and where it is to be. */
export interface Move extends ReplicasWanted {
  readonly replicas: readonly number[];
  readonly current: readonly number[];
  /** The brokers that get a replica, and those that lose theirs. */
  readonly adding: readonly number[];
  readonly removing: readonly number[];
  /** What has to be copied, in bytes; null when nobody tells how large the partition is. */
  readonly bytes: number | null;
}

/** `TOPIC:PARTITION`, or `TOPIC:PARTITION=ID,ID,...` where the replicas are to be. */
export function parseReplicasWanted(text: string): ReplicasWanted {
  const match = /^([^:=\s]+):(\d{1,9})(?:=(\d+(?:,\d+)*))?$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `"${text}" is not a partition; wanted TOPIC:PARTITION=ID,..., such as orders:0=1,2,3`,
    );
  }
  const replicas = match[3]?.split(",").map(Number) ?? null;
  if (replicas !== null && new Set(replicas).size < replicas.length) {
    throw new UsageError(`"${text}" names a broker twice; a broker has one replica of a partition`);
  }
  return { topic: match[1]!, partition: Number(match[2]), replicas };
}

export const replicasWanted = valueOf<ReplicasWanted>("TOPIC:PARTITION=ID,...", parseReplicasWanted, {
  topic: "",
  partition: 0,
  replicas: null,
});

/** Reads a plan in the format of kafka-reassign-partitions; directories of a broker are not chosen here. */
export function parsePlan(text: string, name: string): ReplicasWanted[] {
  const wrong = (what: string) => new UsageError(`${name}: ${what}`);
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch (error) {
    throw wrong(`not JSON: ${(error as Error).message}`);
  }
  const { version = 1, partitions } = (plan ?? {}) as { version?: unknown; partitions?: unknown };
  if (version !== 1) throw wrong(`version is ${JSON.stringify(version)}; wanted 1`);
  if (!Array.isArray(partitions)) throw wrong(`wanted {"version": 1, "partitions": [...]}`);
  return partitions.map((one: { topic?: unknown; partition?: unknown; replicas?: unknown } | null) => {
    const { topic, partition, replicas } = one ?? {};
    const isId = (id: unknown) => Number.isInteger(id) && (id as number) >= 0;
    if (typeof topic !== "string" || !isId(partition)) {
      throw wrong(`${JSON.stringify(one)} is not a partition; wanted "topic", "partition" and "replicas"`);
    }
    if (!Array.isArray(replicas) || replicas.length === 0 || !replicas.every(isId)) {
      throw wrong(`replicas of ${topic}-${partition} are ${JSON.stringify(replicas)}; wanted ids of brokers`);
    }
    return { topic, partition: partition as number, replicas: replicas as number[] };
  });
}

/** What is to be done so that partitions are where they are wanted. Those that are there already are left out. */
export function movesTo(
  wanted: readonly (ReplicasWanted & { readonly replicas: readonly number[] })[],
  topics: readonly TopicMetadata[],
  sizes: readonly ReplicaSize[],
): Move[] {
  return wanted.map(({ topic, partition, replicas }) => {
    const metadata = topics.find((one) => one.name === topic);
    const found = metadata?.partitions[partition];
    if (found === undefined) {
      const last = (metadata?.partitions.length ?? 0) - 1;
      throw new CommandError(`topic "${topic}" has no partition ${partition}; its last one is ${last}`);
    }
    const current = found.replicas;
    const adding = replicas.filter((id) => !current.includes(id));
    const size = sizes.find((one) =>
      one.topic === topic && one.partition === partition && one.brokerId === found.leaderId
    );
    return {
      topic,
      partition,
      replicas,
      current,
      adding,
      removing: current.filter((id) => !replicas.includes(id)),
      bytes: size === undefined ? null : size.sizeBytes * adding.length,
    };
  }).filter(({ current, replicas }) => current.join() !== replicas.join());
}

/** The moves of a plan. */
export function movesOfPlan(plan: readonly PartitionMove[]): Move[] {
  return plan.map((one) => {
    const adding = addedReplicas(one);
    return {
      topic: one.topic,
      partition: one.index,
      replicas: one.to,
      current: one.from,
      adding,
      removing: one.from.filter((id) => !one.to.includes(id)),
      bytes: one.sizeBytes === undefined ? null : one.sizeBytes * adding.length,
    };
  });
}

/** What a program reads of a move. */
export function jsonOfMoves(moves: readonly Move[]) {
  return moves.map(({ topic, partition, current, replicas, bytes }) => ({
    topic,
    partition,
    current,
    replicas,
    bytes,
  }));
}

/** Prints what is to be done. */
export async function printMoves(moves: readonly Move[], context: CliContext): Promise<void> {
  if (moves.length === 0) return;
  const { isTerminal } = context.process.stdout;
  const bytes = ({ bytes }: Move): Cell => bytes === null ? "?" : isTerminal ? humanBytes(bytes) : bytes;
  await printTable(context, {
    heads: ["TOPIC", "PARTITION", "FROM", "TO", "TO COPY"],
    rows: moves.map((one) => [
      one.topic,
      one.partition,
      one.current.join(","),
      one.replicas.join(","),
      bytes(one),
    ]),
  });
}

/** "12 partitions, 1.2 GiB to copy". */
export function summaryOfMoves(moves: readonly Move[]): string {
  const bytes = moves.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  const count = `${moves.length} partition${moves.length === 1 ? "" : "s"}`;
  return `${count}, ${humanBytes(bytes)} to copy`;
}
