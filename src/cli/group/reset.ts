/** `sluice group reset`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, flag, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import type { Cluster } from "../../client/cluster.ts";
import { type StartingPoint, startingPoints } from "../../client/consumer/positions.ts";
import { BrokerError } from "../../client/errors.ts";
import { GroupAdmin, type GroupDescription } from "../../client/group/group_admin.ts";
import type { CommittedOffset } from "../../client/group/group_offsets.ts";
import { keyOf } from "../../client/group/topic_partitions.ts";
import type { TopicPartition } from "../../client/leaders.ts";
import { UsageError } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { CommandError } from "../exit.ts";
import { outputFlags, printJson, printTable } from "../output.ts";
import { chosenPartitions } from "../partitions.ts";
import { absolutePosition } from "../position.ts";
import { chosenTopic, membersInWords } from "./names.ts";
import { type ResetPosition, resetPosition } from "./reset_position.ts";

const parser = merge(
  object("Options", {
    name: argument(string({ metavar: "GROUP" })),
    topics: multiple(option("--topic", chosenTopic, {
      description: message`A topic to move in, or some of its partitions: orders:0,2-4. May be repeated.`,
    })),
    allTopics: withDefault(
      flag("--all-topics", { description: message`Move in everything the group has a position in.` }),
      false,
    ),
    to: option("--to", resetPosition, {
      description:
        message`Where to: start, end, an offset, -N for N records before the end, a time, -15m for a time before now, or shift:N and shift:-N from where the group stands.`,
    }),
    dryRun: withDefault(
      flag("--dry-run", { description: message`Only show what would change.` }),
      false,
    ),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

type Options = InferValue<typeof parser>;

interface Move extends TopicPartition {
  /** Null when the group had no position. */
  readonly before: number | null;
  readonly after: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

/** A group that somebody is in goes on from where its members are, not from what is committed. */
function refuseActive({ groupId, state, members }: GroupDescription): void {
  if (members.length === 0 && (state === "Empty" || state === "Dead")) return;
  throw new CommandError(
    `group "${groupId}" is ${state} with ${membersInWords(members)}; ` +
      "positions can only be reset while nobody is in the group, so stop its consumers first",
  );
}

async function chosen(
  cluster: Cluster,
  { name, topics, allTopics }: Options,
  committed: readonly CommittedOffset[],
): Promise<TopicPartition[]> {
  if (allTopics) {
    if (committed.length === 0) {
      throw new CommandError(`group "${name}" has no committed positions; --topic says where to begin`);
    }
    const names = new Set(committed.map(({ topic }) => topic));
    await cluster.refresh([...names]);
    // Positions in topics that are gone lead nowhere.
    return committed.filter(({ topic, partition }) =>
      cluster.known(topic)?.partitions[partition] !== undefined
    );
  }
  const places = new Map<string, TopicPartition>();
  for (const { topic, partitions } of topics) {
    for (const place of await chosenPartitions(cluster, [topic], partitions)) places.set(keyOf(place), place);
  }
  return [...places.values()];
}

/** Where each partition is moved; what lies outside of the log is moved to its nearer end. */
function movesTo(
  to: ResetPosition,
  points: readonly StartingPoint[],
  committed: ReadonlyMap<string, CommittedOffset>,
): Move[] {
  return points.map(({ topic, partition, startOffset, endOffset, offset }) => {
    const before = committed.get(keyOf({ topic, partition }))?.offset ?? null;
    if (to.at === "shift" && before === null) {
      throw new CommandError(
        `shift: the group has no position in ${keyOf({ topic, partition })}; wanted another --to there`,
      );
    }
    const wanted = to.at === "shift" ? before! + to.by : offset;
    const after = Math.max(startOffset, Math.min(endOffset, wanted));
    return { topic, partition, before, after, startOffset, endOffset };
  });
}

async function plan(cluster: Cluster, options: Options, context: CliContext): Promise<Move[]> {
  const admin = new GroupAdmin(cluster, options.name);
  refuseActive(await admin.describe());
  const committed = await admin.committed();
  const places = await chosen(cluster, options, committed);
  const { to } = options;
  const nowMs = context.platform.clock.wallMs();
  const position = to.at === "shift" ? { at: "end" } as const : absolutePosition(to, nowMs);
  const points = await startingPoints(cluster, places, position);
  const moves = movesTo(to, points, new Map(committed.map((one) => [keyOf(one), one])));
  return moves.sort((a, b) => a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1);
}

async function apply(cluster: Cluster, name: string, moves: readonly Move[]): Promise<void> {
  const admin = new GroupAdmin(cluster, name);
  const offsets = moves.map(({ topic, partition, after }) => ({ topic, partition, offset: after }));
  const refused = (await admin.commit(offsets)).find(({ errorCode }) => errorCode !== ErrorCode.NONE);
  if (refused === undefined) return;
  // Somebody has joined since the group was looked at.
  if (refused.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) refuseActive(await admin.describe());
  throw new BrokerError(`reset ${keyOf(refused)} of group "${name}"`, refused.errorCode);
}

async function run(options: Options, context: CliContext): Promise<number> {
  if (options.allTopics === (options.topics.length > 0)) {
    throw new UsageError("what is to be reset? Wanted either --topic or --all-topics");
  }
  const moves = await withCluster(options, context, async (cluster) => {
    const planned = await plan(cluster, options, context);
    if (!options.dryRun) await apply(cluster, options.name, planned);
    return planned;
  });
  if (options.output === "json") await printJson(context, moves);
  else await printMoves(moves, context);
  if (options.dryRun) await say(context, "dry run: nothing was changed\n");
  return ExitCode.DONE;
}

function printMoves(moves: readonly Move[], context: CliContext): Promise<void> {
  return printTable(context, {
    heads: ["TOPIC", "PARTITION", "BEFORE", "AFTER", "LAG", "CHANGE"],
    rows: moves.map(({ topic, partition, before, after, endOffset }) => {
      const change = before === null ? 0 : after - before;
      return [
        topic,
        partition,
        before ?? "-",
        after,
        endOffset - after,
        before === null ? "new" : change > 0 ? `+${change}` : `${change}`,
      ];
    }),
  });
}

export const resetCommand = defineCommand({
  parser,
  description:
    message`Moves the committed positions of a group, so that its consumers begin elsewhere the next time. Only while nobody is in the group. Positions outside of a partition become its start or end.`,
  examples: [
    ["sluice group reset orders-app --all-topics --to start --dry-run", "What reading all again would mean"],
    ["sluice group reset orders-app --topic orders --to 2026-01-31T12:00:00Z", "From a time on"],
    [
      "sluice group reset orders-app --topic orders:0,2-4 --to shift:-100",
      "The last 100 again, in some partitions",
    ],
    ["sluice group reset orders-app --all-topics --to end", "Skip everything that is there"],
  ],
  run,
});
