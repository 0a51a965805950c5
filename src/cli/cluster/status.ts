/** `sluice cluster status`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import { type ClusterOverview, describeOverview } from "../../client/admin/overview.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, print } from "../context.ts";
import { listenForInterrupts } from "../interrupt.ts";
import { outputFlags, printJson } from "../output.ts";
import { duration } from "../values.ts";
import { printOverview } from "./overview_output.ts";

const parser = merge(
  object("Options", {
    watch: optional(option("-w", "--watch", duration, {
      description: message`Look again and again, each time after so long, such as 2s, until Ctrl-C.`,
    })),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

type StatusOptions = InferValue<typeof parser>;

async function run(options: StatusOptions, context: CliContext): Promise<number> {
  return await withCluster(options, context, async (cluster) => {
    const show = async () => await showOnce(await describeOverview(cluster), options, context);
    if (options.watch === undefined) return await show();
    const interrupts = listenForInterrupts(context);
    try {
      while (!interrupts.asked) {
        await show();
        await interrupts.orAsked(context.platform.timers.sleep(options.watch));
      }
      return ExitCode.INTERRUPTED;
    } finally {
      interrupts.release();
    }
  });
}

/** Wipes the screen and puts the cursor into its corner. */
const CLEAR = "\x1b[H\x1b[2J";

async function showOnce(
  overview: ClusterOverview,
  options: StatusOptions,
  context: CliContext,
): Promise<number> {
  if (options.output === "json") await printJson(context, overview);
  else {
    if (options.watch !== undefined && context.process.stdout.isTerminal) await print(context, CLEAR);
    await printOverview(overview, context);
  }
  return ExitCode.DONE;
}

export const statusCommand = defineCommand({
  parser,
  description:
    message`Shows the state of a cluster: its controllers and brokers, what is under-replicated or offline, and the moves under way with how far they are. In a pipe, each line begins with what it is about: cluster, controller, broker, total or move.`,
  examples: [
    ["sluice cluster status", "How the cluster does"],
    ["sluice cluster status --watch 2s", "Every two seconds"],
    ["sluice cluster status -o json | jq .totals.underReplicated", "For a script that waits for zero"],
  ],
  run,
});
