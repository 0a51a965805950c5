/** `sluice topic describe`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag } from "@optique/core/primitives";
import { describeLogDirs } from "../../client/admin/cluster.ts";
import { type ConfigEntry, describeConfigs, ResourceType } from "../../client/admin/configs.ts";
import { listTopics } from "../../client/admin/topics.ts";
import type { Cluster, PartitionMetadata, TopicMetadata } from "../../client/cluster.ts";
import { EARLIEST, LATEST, reachableOffsets } from "../../client/offsets.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, print } from "../context.ts";
import { humanBytes, outputFlags, printJson, printTable } from "../output.ts";
import { styleFor } from "../style.ts";
import { topicNames } from "./outcomes.ts";
import { printStorage, storageJson, storageOfTopics } from "./storage.ts";

const parser = merge(
  object("Options", {
    names: topicNames,
    allConfigs: withDefault(
      flag("--all-configs", { description: message`Show the configs too that have their default.` }),
      false,
    ),
    storage: withDefault(
      flag("--storage", {
        description:
          message`Show each replica on the disk of its broker instead: size, segments, offsets, and how much of it compaction has still to do.`,
      }),
      false,
    ),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

interface PartitionDescription extends PartitionMetadata {
  /** Null when there is no leader to ask. */
  readonly startOffset: number | null;
  readonly endOffset: number | null;
  /** On the disk of the leader. */
  readonly sizeBytes: number | null;
}

interface TopicDescription {
  readonly name: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  readonly partitions: readonly PartitionDescription[];
  readonly configs: readonly ConfigEntry[];
}

async function describe(cluster: Cluster, topic: TopicMetadata): Promise<TopicDescription> {
  const { name, topicId, isInternal } = topic;
  const indexes = topic.partitions.map((one) => one.index);
  const [starts, ends, dirs, configs] = await Promise.all([
    reachableOffsets(cluster, name, topic.partitions, EARLIEST),
    reachableOffsets(cluster, name, topic.partitions, LATEST),
    describeLogDirs(cluster, [{ topic: name, partitions: indexes }]),
    describeConfigs(cluster, { type: ResourceType.TOPIC, name }),
  ]);
  const replicas = dirs.flatMap((one) => one.replicas);
  const partitions = topic.partitions.map((one): PartitionDescription => {
    const replica = replicas.find(({ topic, partition, brokerId }) =>
      topic === name && partition === one.index && brokerId === one.leaderId
    );
    return {
      ...one,
      startOffset: starts.get(one.index) ?? null,
      endOffset: ends.get(one.index) ?? null,
      sizeBytes: replica?.sizeBytes ?? null,
    };
  });
  return { name, topicId, isInternal, partitions, configs };
}

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  if (options.storage) return await runStorage(options, context);
  const found = await withCluster(options, context, async (cluster) => {
    const topics = await listTopics(cluster, options.names);
    return await Promise.all(topics.map((topic) => describe(cluster, topic)));
  });
  const shown = found.map((topic) => ({
    ...topic,
    configs: topic.configs.filter((one) => options.allConfigs || one.source === "topic"),
  }));
  if (options.output === "json") await printJson(context, shown.map(jsonOf));
  else for (const topic of shown) await printTopic(topic, context);
  return ExitCode.DONE;
}

async function runStorage(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const { topics, dirs } = await withCluster(options, context, async (cluster) => {
    const topics = await listTopics(cluster, options.names);
    return { topics, dirs: await storageOfTopics(cluster, topics) };
  });
  if (options.output === "json") {
    await printJson(
      context,
      topics.map(({ name, topicId }) => ({ name, topicId, replicas: storageJson(dirs, name) })),
    );
    return ExitCode.DONE;
  }
  for (const { name, topicId } of topics) {
    const style = styleFor(context.process.stdout, context.process);
    const { isTerminal } = context.process.stdout;
    if (isTerminal) await print(context, `${style.bold(name)}  ${style.dim(topicId)}\n\n`);
    await printStorage(dirs, name, context);
    if (isTerminal) await print(context, "\n");
  }
  return ExitCode.DONE;
}

function jsonOf({ configs, ...topic }: TopicDescription) {
  return {
    ...topic,
    configs: configs.map(({ name, value, source }) => ({ name, value, source })),
  };
}

async function printTopic(topic: TopicDescription, context: CliContext): Promise<void> {
  const { stdout } = context.process;
  const style = styleFor(stdout, context.process);
  const isTerminal = stdout.isTerminal;
  if (isTerminal) await print(context, `${style.bold(topic.name)}  ${style.dim(topic.topicId)}\n\n`);
  await printTable(context, {
    heads: ["PARTITION", "LEADER", "REPLICAS", "IN SYNC", "START", "END", "SIZE"],
    rows: topic.partitions.map((one) => [
      ...(isTerminal ? [] : [topic.name]),
      one.index,
      one.leaderId < 0 ? "none" : one.leaderId,
      one.replicas.join(","),
      one.isr.join(","),
      one.startOffset ?? "?",
      one.endOffset ?? "?",
      isTerminal ? (one.sizeBytes === null ? "?" : humanBytes(one.sizeBytes)) : one.sizeBytes ?? "?",
    ]),
  });
  if (!isTerminal) return;
  await print(context, "\n");
  if (topic.configs.length === 0) return;
  await printTable(context, {
    heads: ["CONFIG", "VALUE", "SET BY"],
    rows: topic.configs.map((one) => [one.name, one.value ?? "", one.source]),
  });
  await print(context, "\n");
}

export const describeCommand = defineCommand({
  parser,
  description:
    message`Shows the partitions of topics: where they are, which offsets they hold, how large they are. On a terminal and in JSON also the configs that are set.`,
  examples: [
    ["sluice topic describe orders", "Everything about a topic"],
    ["sluice topic describe orders --storage", "How its replicas lie on the disks"],
    ["sluice topic describe orders -o json | jq '.[0].configs'", "Only its configs"],
  ],
  run,
});
