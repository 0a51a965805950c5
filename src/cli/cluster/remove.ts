/** `sluice cluster remove`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag } from "@optique/core/primitives";
import { cordonBroker, unregisterBroker } from "../../client/admin/brokers.ts";
import { describeCluster } from "../../client/admin/cluster.ts";
import { describeQuorum } from "../../client/admin/quorum.ts";
import { listTopics } from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import { BrokerError } from "../../client/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { CommandError } from "../exit.ts";
import { outputFlags } from "../output.ts";
import { drain, drainFlags } from "./drain.ts";
import { counted } from "./overview_output.ts";
import { removeFromQuorum } from "./quorum.ts";

const parser = merge(
  object("Options", {
    ...drainFlags,
    yes: withDefault(
      flag("--yes", {
        description: message`Remove it although records are lost: those of partitions that only it has.`,
      }),
      false,
    ),
  }),
  object("Everywhere", { ...connectionFlags, output: outputFlags.output }),
);

type RemoveOptions = InferValue<typeof parser>;

async function run(options: RemoveOptions, context: CliContext): Promise<number> {
  const { node } = options;
  return await withCluster(options, context, async (cluster) => {
    await cluster.refresh([]);
    const [{ brokers }, quorum] = await Promise.all([
      describeCluster(cluster, { fenced: true }),
      describeQuorum(cluster),
    ]);
    const broker = brokers.find((one) => one.id === node);
    const isVoter = quorum.replicas.some((one) => one.isVoter && one.id === node);
    if (broker === undefined && !isVoter) {
      throw new CommandError(
        `there is no node ${node}; the cluster has the brokers ${
          brokers.map((one) => one.id).join(", ")
        } and ` +
          `the controllers ${quorum.replicas.filter((one) => one.isVoter).map((one) => one.id).join(", ")}`,
      );
    }
    if (broker !== undefined && brokers.length === 1) {
      throw new CommandError(`broker ${node} is the only one: without it there would be no cluster`);
    }
    if (broker !== undefined) {
      const code = await empty(cluster, options, broker.isFenced, context);
      if (code !== ExitCode.DONE) return code;
    }
    if (isVoter) await removeFromQuorum(cluster, node);
    if (broker !== undefined) {
      // Another node may get the number one day.
      if (!broker.isFenced) await cordonBroker(cluster, node, false);
      await unregister(cluster, node);
    }
    if (context.process.stderr.isTerminal) await say(context, farewell(node, broker?.isFenced ?? false));
    return ExitCode.DONE;
  });
}

function farewell(node: number, isGone: boolean): string {
  return `node ${node} is no longer in the cluster\n` +
    (isGone ? "" : "Stop its process before it comes back: a broker that runs registers again.\n");
}

/** Moves everything away. Of a broker that is down only what others have can be saved. */
async function empty(
  cluster: Cluster,
  options: RemoveOptions,
  isDown: boolean,
  context: CliContext,
): Promise<number> {
  const { node, fewerReplicas, throttle = null } = options;
  const lost = isDown ? await onlyOn(cluster, node) : [];
  if (lost.length > 0 && !options.yes) throw new CommandError(lossText(node, lost));
  return await drain(cluster, { node, fewerReplicas, throttle, isDown, givenUp: new Set(lost) }, context);
}

/** Partitions of which no other broker has all that was acknowledged. */
async function onlyOn(cluster: Cluster, node: number): Promise<string[]> {
  const topics = await listTopics(cluster);
  return topics.flatMap(({ name, partitions }) =>
    partitions.filter(({ replicas, isr }) => replicas.includes(node) && isr.every((id) => id === node))
      .map((one) => `${name}-${one.index}`)
  );
}

function lossText(node: number, lost: readonly string[]): string {
  const [first, ...others] = lost;
  const more = others.length === 0 ? "" : ` and ${counted(others.length, "other partition")}`;
  return `broker ${node} is down and alone has the records of ${first}${more}: they would be lost\n` +
    "Start it again and try once more, or give them up with --yes.";
}

async function unregister(cluster: Cluster, node: number): Promise<void> {
  const { errorCode, errorMessage } = await unregisterBroker(cluster, node);
  if (errorCode === ErrorCode.NONE) return;
  throw new BrokerError(`unregister broker ${node}`, errorCode, errorMessage);
}

export const removeCommand = defineCommand({
  parser,
  description:
    message`Takes a node out of the cluster for good: moves its replicas to other brokers, takes its vote if it is a controller, and makes the cluster forget it. A node that is down is replaced from the replicas that others have. Nothing is lost without --yes.`,
  examples: [
    ["sluice cluster remove 3", "Broker 3 leaves; stop its process afterwards"],
    ["sluice cluster remove 3 --fewer-replicas", "Shrink a cluster whose partitions are on every broker"],
    ["sluice cluster remove 3 --yes", "It burnt down, and so did what only it had"],
  ],
  run,
});
