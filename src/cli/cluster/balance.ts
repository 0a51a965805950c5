/** `sluice cluster balance`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import { balanceFacts } from "../../client/admin/balance_input.ts";
import { planBalance } from "../../client/admin/balance_plan.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { outputFlags, printJson } from "../output.ts";
import { moveFlags } from "./flags.ts";
import { movePartitions } from "./move_partitions.ts";
import { jsonOfMoves, type Move, movesOfPlan, printMoves, summaryOfMoves } from "./moves.ts";

const parser = merge(
  object("Options", {
    plan: withDefault(flag("--plan", { description: message`Only show what would be moved.` }), false),
    maxMoves: optional(option("--max-moves", integer({ metavar: "N", min: 1 }), {
      description: message`Touch at most so many partitions; the next time goes on.`,
    })),
    ...moveFlags,
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  return await withCluster(options, context, async (cluster) => {
    const facts = await balanceFacts(cluster);
    const planned = planBalance(
      facts,
      options.maxMoves === undefined ? {} : { maxMoves: options.maxMoves },
    );
    const moves = movesOfPlan(planned);
    if (options.output === "json") await printJson(context, jsonOfMoves(moves));
    else await printMoves(moves, context);
    const isTold = context.process.stderr.isTerminal;
    if (isTold) await say(context, hint(moves, options.plan));
    if (options.plan) return ExitCode.DONE;
    return await movePartitions(
      cluster,
      moves,
      { throttle: options.throttle ?? null, wait: options.wait },
      context,
    );
  });
}

function hint(moves: readonly Move[], isPlan: boolean): string {
  if (moves.length === 0) return "every broker has its share\n";
  return isPlan ? `\n${summaryOfMoves(moves)}. Nothing was done: without --plan it is.\n` : "";
}

export const balanceCommand = defineCommand({
  parser,
  description:
    message`Moves replicas and leaders so that every broker has its share, with as few moves as possible, and replicas of a partition on as many racks and hosts as there are. With --throttle the command waits until all is done and then takes the throttle away.`,
  examples: [
    ["sluice cluster balance --plan", "What would be moved"],
    ["sluice cluster balance --throttle 50MiB", "Move it, with at most 50 MiB a second for each broker"],
    ["sluice cluster balance --max-moves 10 --wait", "In small steps"],
  ],
  run,
});
