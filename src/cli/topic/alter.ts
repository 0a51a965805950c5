/** `sluice topic alter`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, option } from "@optique/core/primitives";
import { integer, string } from "@optique/core/valueparser";
import type { Outcome } from "../../client/admin/call.ts";
import { alterConfigs, type ConfigChange, ResourceType } from "../../client/admin/configs.ts";
import { growTopic } from "../../client/admin/topics.ts";
import { UsageError } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, say } from "../context.ts";
import { topicConfig } from "./config_values.ts";
import { exitCodeForOutcomes } from "./outcomes.ts";

const parser = merge(
  object("Options", {
    name: argument(string({ metavar: "TOPIC" })),
    partitions: optional(option("-p", "--partitions", integer({ metavar: "N", min: 1 }), {
      description:
        message`How many partitions the topic has then; there are never fewer. Keys may go to other partitions.`,
    })),
    configs: multiple(option("-c", "--config", topicConfig, {
      description: message`Set a config, such as retention.ms=7d. May be repeated.`,
    })),
    deleteConfigs: multiple(option("-d", "--delete-config", string({ metavar: "KEY" }), {
      description: message`Give a config its default again. May be repeated.`,
    })),
  }),
  object("Everywhere", connectionFlags),
);

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const { name, partitions } = options;
  const changes: ConfigChange[] = [
    ...options.configs.map(([config, value]) => ({ name: config, set: value })),
    ...options.deleteConfigs.map((config) => ({ name: config, unset: true as const })),
  ];
  if (partitions === undefined && changes.length === 0) {
    throw new UsageError("nothing to change; wanted --partitions, --config or --delete-config");
  }
  const outcomes: Outcome[] = [];
  await withCluster(options, context, async (cluster) => {
    if (changes.length > 0) {
      outcomes.push(await alterConfigs(cluster, { type: ResourceType.TOPIC, name }, changes));
    }
    const isRefused = outcomes.some((one) => one.errorCode !== ErrorCode.NONE);
    if (partitions !== undefined && !isRefused) outcomes.push(await growTopic(cluster, name, partitions));
  });
  const isDone = outcomes.every((one) => one.errorCode === ErrorCode.NONE);
  if (isDone && context.process.stderr.isTerminal) await say(context, `changed topic ${name}\n`);
  return await exitCodeForOutcomes("change topic", outcomes, context);
}

export const alterCommand = defineCommand({
  parser,
  description: message`Changes the configs of a topic or gives it more partitions.`,
  examples: [
    ["sluice topic alter orders -c retention.ms=1h", "Keep an hour"],
    ["sluice topic alter orders -d retention.ms --partitions 12", "The default again, and twelve partitions"],
  ],
  run,
});
