/** `sluice cluster reassign`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { describeCluster, describeLogDirs } from "../../client/admin/cluster.ts";
import {
  alterReassignments,
  listReassignments,
  type ReplicasWanted,
} from "../../client/admin/reassignments.ts";
import { listTopics } from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import { BrokerError } from "../../client/errors.ts";
import { byTopic } from "../../client/leaders.ts";
import { decodeUtf8 } from "../../core/bytes.ts";
import { UsageError } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { outputFlags, printJson } from "../output.ts";
import { moveFlags } from "./flags.ts";
import { checkBrokers, movePartitions, waitForMoves } from "./move_partitions.ts";
import {
  jsonOfMoves,
  type Move,
  movesTo,
  parsePlan,
  printMoves,
  replicasWanted,
  summaryOfMoves,
} from "./moves.ts";

const parser = merge(
  object("Options", {
    partitions: multiple(option("-p", "--partition", replicasWanted, {
      description:
        message`A partition and the brokers that are to have it, the preferred leader first. May be repeated.`,
    })),
    file: optional(option("-f", "--file", string({ metavar: "FILE" }), {
      description: message`Read the partitions from a JSON file as kafka-reassign-partitions takes it.`,
    })),
    execute: withDefault(
      flag("--execute", { description: message`Do what is planned; otherwise it is only shown.` }),
      false,
    ),
    cancel: withDefault(
      flag("--cancel", {
        description: message`Take back moves under way: those of the partitions that are named, or all.`,
      }),
      false,
    ),
    ...moveFlags,
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

type ReassignOptions = InferValue<typeof parser>;

async function run(options: ReassignOptions, context: CliContext): Promise<number> {
  const wanted = [...options.partitions, ...readPlan(options, context)];
  if (options.cancel) {
    return await withCluster(options, context, (cluster) => cancel(cluster, wanted, context));
  }
  if (wanted.length === 0) {
    if (!options.wait) {
      throw new UsageError("nothing to move; wanted --partition, --file, --cancel or --wait");
    }
    return await withCluster(options, context, (cluster) => waitForMoves(cluster, null, context));
  }
  const complete = wanted.map(({ topic, partition, replicas }) => {
    if (replicas !== null) return { topic, partition, replicas };
    throw new UsageError(
      `where is ${topic}:${partition} to be? Wanted --partition ${topic}:${partition}=ID,...`,
    );
  });
  return await withCluster(options, context, async (cluster) => {
    const moves = await plan(cluster, complete);
    if (options.output === "json") await printJson(context, jsonOfMoves(moves));
    else await printMoves(moves, context);
    if (options.execute) return await movePartitions(cluster, moves, moveOptions(options), context);
    if (context.process.stderr.isTerminal) await say(context, `\n${hint(moves)}\n`);
    return ExitCode.DONE;
  });
}

function hint(moves: readonly Move[]): string {
  if (moves.length === 0) return "All of them are there already.";
  return `${summaryOfMoves(moves)}. Nothing was done: --execute does it.`;
}

function moveOptions({ throttle, wait }: ReassignOptions) {
  return { throttle: throttle ?? null, wait };
}

function readPlan({ file }: ReassignOptions, { platform }: CliContext): ReplicasWanted[] {
  if (file === undefined) return [];
  const bytes = platform.disk.readFile(file);
  return parsePlan(decodeUtf8(bytes, 0, bytes.length), file);
}

async function plan(
  cluster: Cluster,
  wanted: readonly (ReplicasWanted & { readonly replicas: readonly number[] })[],
): Promise<Move[]> {
  const groups = byTopic(wanted);
  const topics = await listTopics(cluster, [...groups.keys()]);
  const [{ brokers }, dirs] = await Promise.all([
    describeCluster(cluster, { fenced: true }),
    describeLogDirs(
      cluster,
      [...groups].map(([topic, group]) => ({ topic, partitions: group.map((one) => one.partition) })),
    ),
  ]);
  checkBrokers(wanted.flatMap((one) => one.replicas), new Set(brokers.map((one) => one.id)));
  return movesTo(wanted, topics, dirs.flatMap((one) => one.replicas));
}

/** Takes back what is named, or everything under way. */
async function cancel(
  cluster: Cluster,
  named: readonly ReplicasWanted[],
  context: CliContext,
): Promise<number> {
  const places = named.length > 0 ? named : await listReassignments(cluster);
  if (places.length === 0) return ExitCode.DONE;
  const outcomes = await alterReassignments(
    cluster,
    places.map(({ topic, partition }) => ({ topic, partition, replicas: null })),
  );
  const isTold = context.process.stderr.isTerminal;
  let code: number = ExitCode.DONE;
  for (const { name, errorCode, errorMessage } of outcomes) {
    if (errorCode === ErrorCode.NONE) {
      if (isTold) await say(context, `${name} stays where it was\n`);
      continue;
    }
    code = ExitCode.FAILED;
    const reason = errorCode === ErrorCode.NO_REASSIGNMENT_IN_PROGRESS
      ? "it is not being moved"
      : errorMessage;
    await say(context, `${new BrokerError(`cancel ${name}`, errorCode, reason).message}\n`);
  }
  return code;
}

export const reassignCommand = defineCommand({
  parser,
  description:
    message`Moves partitions to other brokers. The plan is shown first; --execute does it. New replicas copy everything and get in sync before the old ones go, so nothing is unavailable meanwhile. With --throttle the command waits until all is done and then takes the throttle away.`,
  examples: [
    ["sluice cluster reassign -p orders:0=1,2,3", "Show what that would move"],
    [
      "sluice cluster reassign -p orders:0=1,2,3 -p orders:1=2,3,1 \\\n    --execute --throttle 50MiB",
      "Move two partitions, with at most 50 MiB a second",
    ],
    ["sluice cluster reassign -f plan.json --execute --wait", "Do a plan of kafka-reassign-partitions"],
    ["sluice cluster reassign --cancel", "Take back all moves under way"],
  ],
  run,
});
