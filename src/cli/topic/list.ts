/** `sluice topic list`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag } from "@optique/core/primitives";
import { countsOf, listTopics } from "../../client/admin/topics.ts";
import type { TopicMetadata } from "../../client/cluster.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode } from "../context.ts";
import { outputFlags, printJson, printTable } from "../output.ts";

const parser = merge(
  object("Options", {
    internal: withDefault(
      flag("--internal", { description: message`Show the topics too that brokers keep for themselves.` }),
      false,
    ),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

/** What a list tells of a topic. */
function summary(topic: TopicMetadata) {
  const { name, topicId, isInternal } = topic;
  return { name, topicId, isInternal, ...countsOf(topic) };
}

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const topics = await withCluster(options, context, (cluster) => listTopics(cluster));
  const shown = topics.filter((one) => options.internal || !one.isInternal).map(summary);
  if (options.output === "json") await printJson(context, shown);
  else {
    await printTable(context, {
      heads: ["TOPIC", "PARTITIONS", "REPLICAS", "UNDER-REPLICATED"],
      rows: shown.map((one) => [one.name, one.partitions, one.replicationFactor, one.underReplicated]),
    });
  }
  return ExitCode.DONE;
}

export const listCommand = defineCommand({
  parser,
  description:
    message`Lists the topics of a cluster with their partitions, the replicas of each, and how many partitions miss a replica.`,
  examples: [
    ["sluice topic list", "What is there"],
    ["sluice topic list | cut -f1", "Only the names"],
    ["sluice topic list -o json | jq '.[] | select(.leaderless > 0)'", "Topics that cannot be written"],
  ],
  run,
});
