/** `sluice cluster elect`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { electLeaders } from "../../client/admin/elections.ts";
import { listTopics } from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import { BrokerError } from "../../client/errors.ts";
import type { TopicPartition } from "../../client/leaders.ts";
import { UsageError } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { outputFlags, printJson, printTable } from "../output.ts";
import { anyTopicNames } from "../topic/outcomes.ts";
import { valueOf } from "../values.ts";

/** `TOPIC:PARTITION`. */
export function parsePartition(text: string): TopicPartition {
  const match = /^([^:=\s]+):(\d{1,9})$/.exec(text);
  if (match === null) {
    throw new UsageError(`"${text}" is not a partition; wanted TOPIC:PARTITION, such as orders:0`);
  }
  return { topic: match[1]!, partition: Number(match[2]) };
}

const parser = merge(
  object("Options", {
    topics: anyTopicNames,
    partitions: multiple(
      option("-p", "--partition", valueOf("TOPIC:PARTITION", parsePartition, { topic: "", partition: 0 }), {
        description: message`Only this partition. May be repeated.`,
      }),
    ),
    preferred: withDefault(
      flag("--preferred", { description: message`Let the first replica lead again where it is in sync.` }),
      false,
    ),
    unclean: withDefault(
      flag("--unclean", {
        description:
          message`Where no leader is left, let any replica lead that lives. Records that only others have are lost.`,
      }),
      false,
    ),
    all: withDefault(
      flag("--all", { description: message`All partitions of the cluster that need it.` }),
      false,
    ),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

type ElectOptions = InferValue<typeof parser>;

async function run(options: ElectOptions, context: CliContext): Promise<number> {
  const { topics, partitions, preferred, unclean, all } = options;
  if (preferred === unclean) throw new UsageError("which leaders? Wanted one of --preferred and --unclean");
  const isNamed = topics.length > 0 || partitions.length > 0;
  if (all === isNamed) throw new UsageError("of which partitions? Wanted topics, --partition or --all");
  return await withCluster(options, context, async (cluster) => {
    const places = all ? null : [...partitions, ...await partitionsOf(cluster, topics)];
    const outcomes = await electLeaders(cluster, preferred ? "preferred" : "unclean", places);
    const elected = outcomes.filter((one) => one.errorCode === ErrorCode.NONE);
    await showLeaders(cluster, elected, options, context);
    let code: number = ExitCode.DONE;
    for (const { name, errorCode, errorMessage } of outcomes) {
      // A partition that is led as it should be is no failure.
      if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.ELECTION_NOT_NEEDED) continue;
      code = ExitCode.FAILED;
      await say(
        context,
        `${new BrokerError(`elect a leader of ${name}`, errorCode, errorMessage).message}\n`,
      );
    }
    return code;
  });
}

async function partitionsOf(cluster: Cluster, topics: readonly string[]): Promise<TopicPartition[]> {
  if (topics.length === 0) return [];
  const found = await listTopics(cluster, topics);
  return found.flatMap(({ name, partitions }) =>
    partitions.map((one) => ({ topic: name, partition: one.index }))
  );
}

/** Shows who leads now. */
async function showLeaders(
  cluster: Cluster,
  elected: readonly TopicPartition[],
  options: ElectOptions,
  context: CliContext,
): Promise<void> {
  const topics = elected.length === 0
    ? []
    : await listTopics(cluster, [...new Set(elected.map((one) => one.topic))]);
  const leaders = elected.map(({ topic, partition }) => ({
    topic,
    partition,
    leaderId: topics.find((one) => one.name === topic)?.partitions[partition]?.leaderId ?? -1,
  }));
  if (options.output === "json") return await printJson(context, leaders);
  if (leaders.length > 0) {
    await printTable(context, {
      heads: ["TOPIC", "PARTITION", "LEADER"],
      rows: leaders.map((one) => [one.topic, one.partition, one.leaderId < 0 ? "none" : one.leaderId]),
    });
  } else if (context.process.stderr.isTerminal) await say(context, "no partition needed another leader\n");
}

export const electCommand = defineCommand({
  parser,
  description:
    message`Elects leaders of partitions. Preferred leaders give each broker its share of the work again after a restart; brokers also do that by themselves every few minutes. An unclean election brings a partition back whose replicas in sync are all gone, and loses what only they had.`,
  examples: [
    ["sluice cluster elect --preferred --all", "Give every broker its share of the work"],
    ["sluice cluster elect --preferred orders", "Only the partitions of a topic"],
    ["sluice cluster elect --unclean -p orders:0", "Rather lose records than stay offline"],
  ],
  run,
});
