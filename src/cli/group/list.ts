/** `sluice group list`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { listGroups } from "../../client/group/group_admin.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode } from "../context.ts";
import { outputFlags, printJson, printTable } from "../output.ts";

const states = ["stable", "empty", "preparingrebalance", "completingrebalance", "dead"] as const;

const parser = merge(
  object("Options", {
    states: multiple(option("--state", choice(states, { metavar: "STATE", caseInsensitive: true }), {
      description: message`Only groups in this state. May be repeated.`,
    })),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const groups = await withCluster(options, context, (cluster) => listGroups(cluster, options));
  if (options.output === "json") await printJson(context, groups);
  else {
    await printTable(context, {
      heads: ["GROUP", "STATE", "PROTOCOL", "TYPE", "COORDINATOR"],
      rows: groups.map((one) => [
        one.groupId,
        one.state,
        one.protocolType === "" ? "none" : one.protocolType,
        one.type,
        one.coordinator,
      ]),
    });
  }
  return ExitCode.DONE;
}

export const listCommand = defineCommand({
  parser,
  description: message`Lists the consumer groups of a cluster, with the state of each.`,
  examples: [
    ["sluice group list", "What groups there are"],
    ["sluice group list --state empty | cut -f1", "The names of those that nobody is in"],
    [
      "sluice group list -o json | jq -r '.[].groupId' | xargs sluice group describe",
      "Everything about all of them",
    ],
  ],
  run,
});
