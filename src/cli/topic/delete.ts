/** `sluice topic delete`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag } from "@optique/core/primitives";
import { deleteTopics } from "../../client/admin/topics.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, say } from "../context.ts";
import { exitCodeForOutcomes, topicNames } from "./outcomes.ts";

const parser = merge(
  object("Options", {
    names: topicNames,
    ifExists: withDefault(
      flag("--if-exists", { description: message`Do not mind topics that are not there.` }),
      false,
    ),
  }),
  object("Everywhere", connectionFlags),
);

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const outcomes = await withCluster(options, context, (cluster) => deleteTopics(cluster, options.names));
  if (context.process.stderr.isTerminal) {
    for (const { name, errorCode } of outcomes) {
      if (errorCode === ErrorCode.NONE) await say(context, `deleted topic ${name}\n`);
    }
  }
  const isFine = (code: number) => options.ifExists && code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const told = outcomes.filter((one) => !isFine(one.errorCode)).map((one) => ({
    ...one,
    errorMessage: one.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      ? "there is no such topic"
      : one.errorMessage,
  }));
  return await exitCodeForOutcomes("delete topic", told, context);
}

export const deleteCommand = defineCommand({
  parser,
  description: message`Deletes topics with all their records. There is no way back.`,
  examples: [
    ["sluice topic delete orders", "Delete a topic"],
    ["sluice topic delete orders payments --if-exists", "In a script that cleans up"],
  ],
  run,
});
