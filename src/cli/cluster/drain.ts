/** `sluice cluster drain`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, flag } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import { type BalanceFacts, balanceFacts } from "../../client/admin/balance_input.ts";
import { type BalancePartition, planDrain } from "../../client/admin/balance_plan.ts";
import { cordonBroker } from "../../client/admin/brokers.ts";
import { describeCluster } from "../../client/admin/cluster.ts";
import type { Cluster } from "../../client/cluster.ts";
import { BrokerError } from "../../client/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { CommandError } from "../exit.ts";
import { outputFlags, printJson } from "../output.ts";
import { moveFlags } from "./flags.ts";
import { checkBrokers, movePartitions } from "./move_partitions.ts";
import { jsonOfMoves, type Move, movesOfPlan, printMoves, summaryOfMoves } from "./moves.ts";
import { counted } from "./overview_output.ts";

/** What drain and remove have in common. */
export const drainFlags = {
  node: argument(integer({ metavar: "NODE", min: 0 }), { description: message`The number of the broker.` }),
  fewerReplicas: withDefault(
    flag("--fewer-replicas", {
      description: message`Where no other broker can take a replica, let the partition have one less.`,
    }),
    false,
  ),
  throttle: moveFlags.throttle,
};

const parser = merge(
  object("Options", {
    ...drainFlags,
    plan: withDefault(flag("--plan", { description: message`Only show what would be moved.` }), false),
    cancel: withDefault(
      flag("--cancel", { description: message`Let replicas come to the broker again; none is moved.` }),
      false,
    ),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

/** How a broker is emptied. */
export interface DrainOptions {
  readonly node: number;
  /** Whether a partition that no other broker can take may have one replica less. */
  readonly fewerReplicas: boolean;
  /** Bytes a second; null for as many as brokers can. */
  readonly throttle: number | null;
  /** A broker that is down can not be told anything. */
  readonly isDown?: boolean;
  /** Partitions, as `topic-partition`, that stay behind because nobody can copy them. */
  readonly givenUp?: ReadonlySet<string>;
}

/** What empties a broker. Throws when that is not possible, with what can be done about it. */
export function drainMoves(facts: BalanceFacts, options: DrainOptions): Move[] {
  const { node, fewerReplicas, givenUp = new Set() } = options;
  checkBrokers([node], new Set(facts.brokers.map((one) => one.id)));
  const partitions = facts.partitions.filter((one) => !givenUp.has(nameOf(one)))
    .map((one) => ({ ...one, isFixed: false }));
  const moves = movesOfPlan(planDrain({ ...facts, partitions }, node));
  const moved = new Set(moves.map((one) => `${one.topic}-${one.partition}`));
  const stuck = partitions.filter((one) => one.replicas.includes(node) && !moved.has(nameOf(one)));
  const isOnly = ({ replicas }: BalancePartition) => replicas.length === 1;
  const blocking = fewerReplicas ? stuck.filter(isOnly) : stuck;
  if (blocking.length > 0) throw new CommandError(stuckText(node, blocking, blocking.some(isOnly)));
  return [...moves, ...stuck.map((one) => withOneLess(one, node))];
}

function nameOf({ topic, index }: BalancePartition): string {
  return `${topic}-${index}`;
}

function withOneLess({ topic, index, replicas: current }: BalancePartition, node: number): Move {
  const replicas = current.filter((id) => id !== node);
  return { topic, partition: index, current, replicas, adding: [], removing: [node], bytes: 0 };
}

function stuckText(node: number, stuck: readonly BalancePartition[], isOnly: boolean): string {
  const [first, ...others] = stuck.map(nameOf);
  const more = others.length === 0 ? "" : ` and ${counted(others.length, "other partition")}`;
  return `no other broker can take the replica of ${first}${more} from broker ${node}\n` +
    (isOnly
      ? "Add a broker first."
      : "Add a broker first, or let them have one replica less: --fewer-replicas.");
}

async function setCordon(cluster: Cluster, node: number, isCordoned: boolean): Promise<void> {
  const { errorCode, errorMessage } = await cordonBroker(cluster, node, isCordoned);
  if (errorCode === ErrorCode.NONE) return;
  const action = isCordoned ? "keep replicas from" : "let replicas come to";
  throw new BrokerError(`${action} broker ${node}`, errorCode, errorMessage);
}

/** What was on its way to the broker has come meanwhile; something else moves replicas there if that goes on. */
const MAX_ROUNDS = 10;

/** Empties a broker, to which nothing comes any more, and waits for that. Resolves with the exit code. */
export async function drain(cluster: Cluster, options: DrainOptions, context: CliContext): Promise<number> {
  if (options.isDown !== true) await setCordon(cluster, options.node, true);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const moves = drainMoves(await balanceFacts(cluster), options);
    if (moves.length === 0) return ExitCode.DONE;
    const code = await movePartitions(cluster, moves, { throttle: options.throttle, wait: true }, context);
    if (code !== ExitCode.DONE) return code;
  }
  throw new CommandError(`replicas come back to broker ${options.node} as fast as they are moved away`);
}

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const { node, fewerReplicas, throttle = null } = options;
  return await withCluster(options, context, async (cluster) => {
    if (options.cancel) {
      await cluster.refresh([]);
      checkBrokers([node], new Set((await describeCluster(cluster)).brokers.map((one) => one.id)));
      await setCordon(cluster, node, false);
      return ExitCode.DONE;
    }
    const moves = drainMoves(await balanceFacts(cluster), { node, fewerReplicas, throttle });
    if (options.output === "json") await printJson(context, jsonOfMoves(moves));
    else await printMoves(moves, context);
    const isTold = context.process.stderr.isTerminal;
    if (options.plan) {
      if (isTold) await say(context, `\n${summaryOfMoves(moves)}. Nothing was done: without --plan it is.\n`);
      return ExitCode.DONE;
    }
    const code = await drain(cluster, { node, fewerReplicas, throttle }, context);
    if (code === ExitCode.DONE && isTold) await say(context, `broker ${node} has no replica left\n`);
    return code;
  });
}

export const drainCommand = defineCommand({
  parser,
  description:
    message`Moves all replicas and with them all leaders of a broker to others, and waits until that is done. The broker stays in the cluster, but no replica comes to it (cordoned.log.dirs) until --cancel.`,
  examples: [
    ["sluice cluster drain 3 --plan", "What would be moved"],
    ["sluice cluster drain 3 --throttle 50MiB", "Empty broker 3, with at most 50 MiB a second"],
    ["sluice cluster drain 3 --cancel && sluice cluster balance", "Fill it again"],
  ],
  run,
});
