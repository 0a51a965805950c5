/** Does moves of replicas, throttled if that is wanted, and waits for them while it shows how far they are. */

import type { Outcome } from "../../client/admin/call.ts";
import { describeLogDirs, type ReplicaSize } from "../../client/admin/cluster.ts";
import { progressOf, type ReassignmentProgress } from "../../client/admin/overview.ts";
import {
  alterReassignments,
  listReassignments,
  type Reassignment,
} from "../../client/admin/reassignments.ts";
import {
  removeThrottle,
  setThrottle,
  type ThrottledMove,
  throttledTopics,
} from "../../client/admin/throttle.ts";
import { listTopics } from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import { BrokerError } from "../../client/errors.ts";
import { byTopic, type TopicPartition } from "../../client/leaders.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { CommandError } from "../exit.ts";
import { listenForInterrupts } from "../interrupt.ts";
import { humanBytes } from "../output.ts";
import { showProgress } from "../progress.ts";
import { type Move } from "./moves.ts";
import { counted, targetBytes } from "./overview_output.ts";

export interface MoveOptions {
  /** Bytes a second that each broker may spend on it; null for as many as it can. */
  readonly throttle: number | null;
  readonly wait: boolean;
}

/** How often it is asked how far moves are, in milliseconds. */
const POLL_MS = 500;

/** Begins moves; with a throttle or when told to, waits until they are done. Resolves with the exit code. */
export async function movePartitions(
  cluster: Cluster,
  moves: readonly Move[],
  options: MoveOptions,
  context: CliContext,
): Promise<number> {
  if (moves.length === 0) return ExitCode.DONE;
  if (options.throttle !== null) {
    check("set the throttle", await setThrottle(cluster, moves.map(throttled), options.throttle));
  }
  const code = await begin(cluster, moves, context);
  const mustWait = options.wait || options.throttle !== null;
  if (!mustWait) return code;
  return Math.max(code, await waitForMoves(cluster, moves, context));
}

function throttled({ topic, partition, current, adding }: Move): ThrottledMove {
  return { topic, partition, sources: current, adding };
}

async function begin(cluster: Cluster, moves: readonly Move[], context: CliContext): Promise<number> {
  const refused = (await alterReassignments(cluster, moves)).filter((one) =>
    one.errorCode !== ErrorCode.NONE
  );
  for (const { name, errorCode, errorMessage } of refused) {
    await say(context, `${new BrokerError(`move ${name}`, errorCode, errorMessage).message}\n`);
  }
  return refused.length === 0 ? ExitCode.DONE : ExitCode.FAILED;
}

function check(action: string, outcomes: readonly Outcome[]): void {
  const refused = outcomes.find((one) => one.errorCode !== ErrorCode.NONE);
  if (refused === undefined) return;
  throw new BrokerError(`${action} on "${refused.name}"`, refused.errorCode, refused.errorMessage);
}

/**
 * Waits until none of these partitions, or none at all, is on its way, then takes their throttle away. Ctrl-C ends
 * the waiting; the moves go on.
 */
export async function waitForMoves(
  cluster: Cluster,
  places: readonly TopicPartition[] | null,
  context: CliContext,
): Promise<number> {
  const { timers, clock } = context.platform;
  const interrupts = listenForInterrupts(context);
  const startMs = clock.monotonicMs();
  let line = "";
  const progress = showProgress(context, () => line);
  const topics = new Set(places?.map((one) => one.topic) ?? []);
  try {
    for (;;) {
      const open = await openMoves(cluster, places);
      for (const { topic } of open) topics.add(topic);
      if (open.length === 0) break;
      line = progressLine(open, clock.monotonicMs() - startMs);
      await interrupts.orAsked(timers.sleep(POLL_MS));
      if (interrupts.asked) {
        await progress.stop();
        await say(
          context,
          `${counted(open.length, "partition")} still on the way; the moves go on.\n${RESUME}`,
        );
        return ExitCode.INTERRUPTED;
      }
    }
    await progress.stop();
    // Who waits for everything also tidies up after moves that nobody waited for.
    const throttled = places === null ? await throttledTopics(cluster) : [...topics];
    check("remove the throttle", await removeThrottle(cluster, throttled));
    return ExitCode.DONE;
  } finally {
    await progress.stop();
    interrupts.release();
  }
}

const RESUME =
  `"sluice cluster reassign --wait" waits for them again and takes the throttle away at the end.\n`;

/** The moves that are not done, and how far they are. */
async function openMoves(
  cluster: Cluster,
  places: readonly TopicPartition[] | null,
): Promise<ReassignmentProgress[]> {
  const wanted = places === null ? null : new Set(places.map(keyOf));
  const moves = (await listReassignments(cluster)).filter((one) => wanted?.has(keyOf(one)) ?? true);
  if (moves.length === 0) return [];
  const [topics, sizes] = await Promise.all([listTopics(cluster), sizesOf(cluster, moves)]);
  return moves.map((one) => progressOf(one, topics, sizes));
}

async function sizesOf(
  cluster: Cluster,
  moves: readonly Reassignment[],
): Promise<ReadonlyMap<number, readonly ReplicaSize[]>> {
  const places = [...byTopic(moves)].map(([topic, group]) => ({
    topic,
    partitions: group.map(({ partition }) => partition),
  }));
  const dirs = await describeLogDirs(cluster, places);
  const sizes = new Map<number, ReplicaSize[]>();
  for (const { brokerId, replicas } of dirs) sizes.set(brokerId, [...sizes.get(brokerId) ?? [], ...replicas]);
  return sizes;
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

function progressLine(moves: readonly ReassignmentProgress[], elapsedMs: number): string {
  const movedBytes = moves.reduce((sum, one) => sum + (one.movedBytes ?? 0), 0);
  const wantedBytes = moves.reduce((sum, one) => sum + (targetBytes(one) ?? 0), 0);
  const share = wantedBytes === 0 ? "" : ` (${Math.min(99, Math.floor(100 * movedBytes / wantedBytes))}%)`;
  return `moving ${counted(moves.length, "partition")}: ` +
    `${humanBytes(movedBytes)} of ${humanBytes(wantedBytes)}${share}, ${Math.round(elapsedMs / 1000)} s`;
}

/** Refuses to go on when the controller knows nothing of a broker that is named. */
export function checkBrokers(ids: Iterable<number>, known: ReadonlySet<number>): void {
  for (const id of ids) {
    if (known.has(id)) continue;
    const there = [...known].sort((a, b) => a - b).join(", ");
    throw new CommandError(`there is no broker ${id}; the cluster has ${there}`);
  }
}
