/** Prints the state of a cluster: for people in sections, for pipes as lines that begin with what they are about. */

import type {
  BrokerOverview,
  ClusterOverview,
  ReassignmentProgress,
  Totals,
} from "../../client/admin/overview.ts";
import type { QuorumReplica } from "../../client/admin/quorum.ts";
import { type CliContext, print } from "../context.ts";
import { type Cell, humanBytes, printTable } from "../output.ts";
import { styleFor } from "../style.ts";
import { formatAddress } from "../../platform/address.ts";

type Style = ReturnType<typeof styleFor>;

export async function printOverview(overview: ClusterOverview, context: CliContext): Promise<void> {
  const { stdout } = context.process;
  if (!stdout.isTerminal) {
    await printTable(context, { heads: [], rows: tabbedRows(overview) });
    return;
  }
  const style = styleFor(stdout, context.process);
  await print(context, heading(overview, style));
  await printControllers(overview, context, style);
  await print(context, "\n");
  await printBrokers(overview.brokers, context, style);
  await print(context, `\n${totalsInWords(overview.totals, style)}\n`);
  await printMoves(overview.reassignments, context, style);
}

function heading({ clusterId, brokers, quorum }: ClusterOverview, style: Style): string {
  const voters = quorum?.replicas.filter((one) => one.isVoter).length;
  const counts = [
    counted(brokers.length, "broker"),
    voters === undefined ? "" : counted(voters, "controller"),
  ];
  return `${style.bold(clusterId)}  ${counts.filter((part) => part !== "").join(", ")}\n\n`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** What a controller is to the quorum. */
export function roleOf(replica: QuorumReplica, leaderId: number): string {
  return replica.id === leaderId ? "leader" : replica.isVoter ? "voter" : "observer";
}

async function printControllers(
  { quorum }: ClusterOverview,
  context: CliContext,
  style: Style,
): Promise<void> {
  if (quorum === null) {
    await print(context, `${style.red("no controller answers")}: the cluster cannot change now\n`);
    return;
  }
  const { leaderId, leaderEpoch, replicas } = quorum;
  await printTable(context, {
    heads: ["CONTROLLER", "ADDRESS", "ROLE", "EPOCH", "LAG"],
    rows: replicas.filter((one) => one.isVoter).map((one) => [
      one.id,
      one.endpoint === null ? "" : formatAddress(one.endpoint),
      one.id === leaderId ? style.green("leader") : roleOf(one, leaderId),
      leaderEpoch,
      one.lag,
    ]),
  });
}

async function printBrokers(
  brokers: readonly BrokerOverview[],
  context: CliContext,
  style: Style,
): Promise<void> {
  const shades = { alive: style.green, fenced: style.red, draining: style.yellow, drained: style.yellow };
  const hasRacks = brokers.some((one) => one.rack !== null);
  await printTable(context, {
    heads: ["BROKER", "ADDRESS", ...(hasRacks ? ["RACK"] : []), "STATE", "LEADERS", "REPLICAS", "SIZE"],
    rows: brokers.map((one) => [
      one.id,
      formatAddress(one),
      ...(hasRacks ? [one.rack ?? ""] : []),
      shades[one.state](one.state),
      one.leaders,
      one.replicas,
      one.sizeBytes === null ? "?" : humanBytes(one.sizeBytes),
    ]),
  });
}

function totalsInWords(totals: Totals, style: Style): string {
  const problem = (count: number, what: string, shade: (text: string) => string) => {
    const text = `${count} ${what}`;
    return count === 0 ? style.dim(text) : shade(text);
  };
  const { topics, partitions, replicas } = totals;
  return `${counted(topics, "topic")}, ${counted(partitions, "partition")}, ${
    counted(replicas, "replica")
  }\n` + [
    problem(totals.underReplicated, "under-replicated", style.yellow),
    problem(totals.underMinIsr, "under min.insync.replicas", style.red),
    problem(totals.offline, "offline", style.red),
    problem(totals.reassigning, "moving", style.yellow),
  ].join(", ");
}

async function printMoves(
  moves: readonly ReassignmentProgress[] | null,
  context: CliContext,
  style: Style,
): Promise<void> {
  if (moves === null || moves.length === 0) return;
  await print(context, "\n");
  await printTable(context, {
    heads: ["TOPIC", "PARTITION", "REPLICAS", "ADDING", "REMOVING", "MOVED"],
    rows: moves.map((one) => [
      one.topic,
      one.partition,
      one.replicas.join(","),
      style.green(one.adding.join(",")),
      style.yellow(one.removing.join(",")),
      moved(one),
    ]),
  });
}

/** The bytes that all replicas that come will have when they are there; null when that is not known. */
export function targetBytes({ leaderBytes, adding }: ReassignmentProgress): number | null {
  return leaderBytes === null ? null : leaderBytes * adding.length;
}

function moved(move: ReassignmentProgress): string {
  const target = targetBytes(move);
  if (target === null || move.movedBytes === null) return "?";
  return `${humanBytes(move.movedBytes)} of ${humanBytes(target)}`;
}

function tabbedRows({ clusterId, quorum, brokers, totals, reassignments }: ClusterOverview): Cell[][] {
  return [
    ["cluster", clusterId],
    ...(quorum?.replicas ?? []).filter((one) => one.isVoter).map((one): Cell[] => [
      "controller",
      one.id,
      one.endpoint === null ? "" : formatAddress(one.endpoint),
      roleOf(one, quorum!.leaderId),
      quorum!.leaderEpoch,
      one.lag,
    ]),
    ...brokers.map((one): Cell[] => [
      "broker",
      one.id,
      formatAddress(one),
      one.rack ?? "",
      one.state,
      one.leaders,
      one.replicas,
      one.sizeBytes ?? "?",
    ]),
    ...Object.entries(totals).map(([name, value]): Cell[] => ["total", name, value]),
    ...(reassignments ?? []).map((one): Cell[] => [
      "move",
      one.topic,
      one.partition,
      one.replicas.join(","),
      one.adding.join(","),
      one.removing.join(","),
      one.movedBytes ?? "?",
      targetBytes(one) ?? "?",
    ]),
  ];
}
