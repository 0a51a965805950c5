/** `sluice topic create`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import { createTopics } from "../../client/admin/topics.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, say } from "../context.ts";
import { outputFlags, printJson } from "../output.ts";
import { topicConfig } from "./config_values.ts";
import { exitCodeForOutcomes, topicNames } from "./outcomes.ts";

const parser = merge(
  object("Options", {
    names: topicNames,
    partitions: withDefault(
      option("-p", "--partitions", integer({ metavar: "N", min: 1 }), {
        description: message`How many partitions (what num.partitions of the broker says unless set).`,
      }),
      -1,
    ),
    replicationFactor: withDefault(
      option("-r", "--replication-factor", integer({ metavar: "N", min: 1 }), {
        description:
          message`How many replicas of each partition (what default.replication.factor of the broker says unless set).`,
      }),
      -1,
    ),
    configs: multiple(option("-c", "--config", topicConfig, {
      description: message`A config of the topic, such as retention.ms=7d. May be repeated.`,
    })),
    ifNotExists: withDefault(
      flag("--if-not-exists", { description: message`Leave topics alone that are there already.` }),
      false,
    ),
    validateOnly: withDefault(
      flag("--validate-only", { description: message`Only say whether the topics could be created.` }),
      false,
    ),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

type CreateOptions = InferValue<typeof parser>;

async function run(options: CreateOptions, context: CliContext): Promise<number> {
  const { names, partitions, replicationFactor, configs, validateOnly } = options;
  const topics = names.map((name) => ({ name, partitions, replicationFactor, configs }));
  const outcomes = await withCluster(
    options,
    context,
    (cluster) => createTopics(cluster, topics, { validateOnly }),
  );
  const isFine = (code: number) => options.ifNotExists && code === ErrorCode.TOPIC_ALREADY_EXISTS;
  const done = outcomes.filter((one) => one.errorCode === ErrorCode.NONE);
  if (options.output === "json") {
    const facts = ({ name, partitions, replicationFactor }: (typeof done)[number]) => ({
      name,
      partitions,
      replicationFactor,
    });
    await printJson(context, done.map(facts));
  } else if (context.process.stderr.isTerminal) {
    for (const { name, partitions } of done) {
      const count = partitions < 0 ? "" : ` with ${partitions} partition${partitions === 1 ? "" : "s"}`;
      await say(context, `${validateOnly ? "could create" : "created"} topic ${name}${count}\n`);
    }
  }
  return await exitCodeForOutcomes("create topic", outcomes.filter((one) => !isFine(one.errorCode)), context);
}

export const createCommand = defineCommand({
  parser,
  description: message`Creates topics. What is not set is as the broker's configs say.`,
  examples: [
    ["sluice topic create orders", "A topic with the broker's defaults"],
    ["sluice topic create orders payments -p 6 -c cleanup.policy=compact", "Two compacted topics"],
  ],
  run,
});
