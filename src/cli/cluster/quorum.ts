/** `sluice cluster quorum`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, option } from "@optique/core/primitives";
import { choice, integer } from "@optique/core/valueparser";
import {
  addVoter,
  type ControllerEndpoint,
  describeQuorum,
  type QuorumDescription,
  type QuorumReplica,
  removeVoter,
} from "../../client/admin/quorum.ts";
import type { Cluster } from "../../client/cluster.ts";
import { BrokerError } from "../../client/errors.ts";
import { UsageError } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, print, say } from "../context.ts";
import { CommandError } from "../exit.ts";
import { outputFlags, printJson, printTable } from "../output.ts";
import { styleFor } from "../style.ts";
import { formatAddress } from "../../platform/address.ts";
import { address } from "../values.ts";
import { roleOf } from "./overview_output.ts";

const parser = merge(
  object("Options", {
    action: optional(argument(choice(["add", "remove"], { metavar: "ACTION" }), {
      description: message`Give a controller a vote, or take it; otherwise the quorum is shown.`,
    })),
    node: optional(argument(integer({ metavar: "NODE", min: 0 }), {
      description: message`The number of the controller.`,
    })),
    address: optional(option("--address", address, {
      description: message`Where the controller to add listens, when the cluster does not know.`,
    })),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

type QuorumOptions = InferValue<typeof parser>;

async function run(options: QuorumOptions, context: CliContext): Promise<number> {
  const { action, node } = options;
  if (action !== undefined && node === undefined) {
    throw new UsageError(`"${action}" of which controller? Wanted "sluice cluster quorum ${action} NODE"`);
  }
  return await withCluster(options, context, async (cluster) => {
    if (action === undefined) return await show(await describeQuorum(cluster), options, context);
    await cluster.refresh([]);
    if (action === "add") await add(cluster, node!, options.address);
    else await removeFromQuorum(cluster, node!);
    if (context.process.stderr.isTerminal) {
      await say(context, `controller ${node} ${action === "add" ? "votes now" : "votes no longer"}\n`);
    }
    return ExitCode.DONE;
  });
}

async function add(cluster: Cluster, node: number, at: QuorumOptions["address"]): Promise<void> {
  const quorum = await describeQuorum(cluster);
  const replica = quorum.replicas.find((one) => one.id === node);
  if (replica === undefined) {
    throw new CommandError(
      `node ${node} does not follow the quorum; wanted one of ${idsOf(quorum, (one) => !one.isVoter)}\n` +
        `"sluice controller --join HOST:PORT" starts a controller that does.`,
    );
  }
  if (replica.isVoter) throw new CommandError(`node ${node} votes already`);
  const name = quorum.replicas.find((one) => one.endpoint !== null)?.endpoint?.name ?? "CONTROLLER";
  const endpoint: ControllerEndpoint | null = at === undefined ? replica.endpoint : { name, ...at };
  if (endpoint === null) {
    throw new CommandError(`where does controller ${node} listen? Wanted --address HOST:PORT`);
  }
  const { errorCode, errorMessage } = await addVoter(cluster, replica, [endpoint]);
  if (errorCode !== ErrorCode.NONE) throw new BrokerError(`add voter ${node}`, errorCode, errorMessage);
}

/** Takes the vote from a node. Throws when it has none, or is the last that has one. */
export async function removeFromQuorum(cluster: Cluster, node: number): Promise<void> {
  const quorum = await describeQuorum(cluster);
  const voters = quorum.replicas.filter((one) => one.isVoter);
  const replica = voters.find((one) => one.id === node);
  if (replica === undefined) {
    throw new CommandError(`node ${node} has no vote; wanted one of ${idsOf(quorum, (one) => one.isVoter)}`);
  }
  if (voters.length === 1) {
    throw new CommandError(`node ${node} is the only voter: without it there would be no controller`);
  }
  const { errorCode, errorMessage } = await removeVoter(cluster, replica);
  if (errorCode !== ErrorCode.NONE) throw new BrokerError(`remove voter ${node}`, errorCode, errorMessage);
}

function idsOf({ replicas }: QuorumDescription, filter: (replica: QuorumReplica) => boolean): string {
  return replicas.filter(filter).map((one) => one.id).join(", ") || "none, as there is none";
}

async function show(quorum: QuorumDescription, options: QuorumOptions, context: CliContext): Promise<number> {
  if (options.output === "json") {
    await printJson(context, quorum);
    return ExitCode.DONE;
  }
  const { isTerminal } = context.process.stdout;
  const { leaderId, leaderEpoch, highWatermark, replicas } = quorum;
  if (isTerminal) {
    const style = styleFor(context.process.stdout, context.process);
    const facts = `epoch ${leaderEpoch}, high watermark ${highWatermark}`;
    await print(context, `${style.bold(`controller ${leaderId} leads`)}  ${style.dim(facts)}\n\n`);
  }
  const nowMs = context.platform.clock.wallMs();
  const when = (ms: number) => isTerminal ? ago(ms, nowMs) : ms;
  await printTable(context, {
    heads: ["NODE", "ROLE", "END", "LAG", "LAST FETCH", "CAUGHT UP", "ADDRESS", "DIRECTORY"],
    rows: replicas.map((one) => [
      one.id,
      roleOf(one, leaderId),
      one.logEndOffset,
      one.lag,
      one.id === leaderId && isTerminal ? "" : when(one.lastFetchMs),
      one.id === leaderId && isTerminal ? "" : when(one.lastCaughtUpMs),
      one.endpoint === null ? "" : formatAddress(one.endpoint),
      one.directoryId,
    ]),
  });
  return ExitCode.DONE;
}

/** How long ago something was, as people say it. */
function ago(ms: number, nowMs: number): string {
  if (ms < 0) return "never";
  const passedMs = Math.max(0, nowMs - ms);
  if (passedMs < 10_000) return `${(passedMs / 1000).toFixed(1)} s ago`;
  if (passedMs < 120_000) return `${Math.round(passedMs / 1000)} s ago`;
  return passedMs < 7_200_000
    ? `${Math.round(passedMs / 60_000)} min ago`
    : `${Math.round(passedMs / 3_600_000)} h ago`;
}

export const quorumCommand = defineCommand({
  parser,
  description:
    message`Shows the quorum of controllers: who leads it and since which epoch, how far it is, and how far the voters and the brokers that follow it are behind. It also gives votes and takes them. A controller that was started with --join is given its vote by itself.`,
  examples: [
    ["sluice cluster quorum", "Who leads, who follows, who is behind"],
    ["sluice cluster quorum remove 3", "Controller 3 votes no longer"],
    ["sluice cluster quorum add 3", "A controller that follows gets a vote"],
  ],
  run,
});
