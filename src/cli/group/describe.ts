/** `sluice group describe`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import type { Cluster } from "../../client/cluster.ts";
import { DEAD, GroupAdmin, type GroupDescription } from "../../client/group/group_admin.ts";
import { lagOf, type PartitionLag, totalLag } from "../../client/group/lag.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, print, say } from "../context.ts";
import { outputFlags, printJson, printTable } from "../output.ts";
import { styleFor } from "../style.ts";
import { groupNames, shortMemberId, shortPartitions } from "./names.ts";

const parser = merge(
  object("Options", { names: groupNames }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

interface Described extends GroupDescription {
  readonly partitions: readonly PartitionLag[];
}

async function describe(cluster: Cluster, name: string): Promise<Described> {
  const admin = new GroupAdmin(cluster, name);
  const [description, committed] = await Promise.all([admin.describe(), admin.committed()]);
  return { ...description, partitions: await lagOf(cluster, description, committed) };
}

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const groups = await withCluster(options, context, async (cluster) => {
    const found: Described[] = [];
    for (const name of new Set(options.names)) found.push(await describe(cluster, name));
    return found;
  });
  const there = groups.filter(({ state }) => state !== DEAD);
  if (options.output === "json") await printJson(context, there.map(jsonOf));
  else {
    for (const [index, group] of there.entries()) {
      if (index > 0 && context.process.stdout.isTerminal) await print(context, "\n");
      await printGroup(group, context);
    }
  }
  for (const { groupId, state } of groups) {
    if (state === DEAD) await say(context, `describe group "${groupId}": there is no such group\n`);
  }
  return there.length === groups.length ? ExitCode.DONE : ExitCode.FAILED;
}

function jsonOf({ members, partitions, ...group }: Described) {
  return {
    ...group,
    lag: totalLag(partitions),
    members: members.map(({ assigned, ...member }) => ({
      ...member,
      assigned: assigned === null
        ? null
        : [...assigned].map(([topic, indexes]) => ({ topic, partitions: indexes })),
    })),
    partitions,
  };
}

async function printGroup(group: Described, context: CliContext): Promise<void> {
  const { isTerminal } = context.process.stdout;
  if (isTerminal) await print(context, heading(group, context));
  const clients = new Map(group.members.map((one) => [one.memberId, one]));
  await printTable(context, {
    heads: ["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER"],
    rows: group.partitions.map((one) => {
      const member = clients.get(one.memberId ?? "");
      return [
        ...(isTerminal ? [] : [group.groupId]),
        one.topic,
        one.partition,
        one.committedOffset ?? "-",
        one.endOffset ?? "?",
        one.lag ?? "?",
        ...(isTerminal
          ? [member === undefined ? "" : shortMemberId(member)]
          : [one.memberId ?? "", member?.clientId ?? "", member?.host ?? ""]),
      ];
    }),
  });
  if (isTerminal) await printMembers(group, context);
}

function heading(group: Described, { process }: CliContext): string {
  const style = styleFor(process.stdout, process);
  const { groupId, state, protocolType, protocol, coordinator, members, partitions } = group;
  const lag = totalLag(partitions);
  const kind = [protocolType || "no protocol", protocol].filter((part) => part !== "").join(", ");
  const counts = `${counted(members.length, "member")}, ${counted(partitions.length, "partition")}, lag`;
  const shade = lag > 0 ? style.yellow : style.green;
  return `${style.bold(groupId)}  ${state}  ${style.dim(`${kind}, coordinated by broker ${coordinator}`)}\n` +
    `${counts} ${shade(String(lag))}\n` + (partitions.length > 0 ? "\n" : "");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

async function printMembers({ members }: Described, context: CliContext): Promise<void> {
  if (members.length === 0) return;
  await print(context, "\n");
  const hasStatic = members.some(({ groupInstanceId }) => groupInstanceId !== null);
  await printTable(context, {
    heads: ["MEMBER", "CLIENT", "HOST", ...(hasStatic ? ["INSTANCE"] : []), "PARTITIONS"],
    rows: members.map((member) => [
      shortMemberId(member),
      member.clientId,
      member.host,
      ...(hasStatic ? [member.groupInstanceId ?? ""] : []),
      member.assigned === null ? "?" : shortPartitions(member.assigned),
    ]),
  });
}

export const describeCommand = defineCommand({
  parser,
  description:
    message`Shows where groups stand: for every partition the committed offset, the end and the lag between them, who reads it, and who the members are. In a pipe, one line per partition begins with the name of the group and ends with member, client and host.`,
  examples: [
    ["sluice group describe orders-app", "How far behind it is, and who is in it"],
    ["sluice group describe orders-app -o json | jq '.[0].lag'", "Only the total lag"],
    ["sluice group describe orders-app | awk '$6 > 1000'", "Partitions that are far behind"],
  ],
  run,
});
