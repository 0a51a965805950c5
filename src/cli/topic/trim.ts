/** `sluice topic trim`. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, option } from "@optique/core/primitives";
import { integer, string } from "@optique/core/valueparser";
import { trimPartitions } from "../../client/admin/topics.ts";
import { startingPoints } from "../../client/consumer/positions.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags, withCluster } from "../connect.ts";
import { type CliContext, ExitCode } from "../context.ts";
import { outputFlags, printJson, printTable } from "../output.ts";
import { absolutePosition, position } from "../position.ts";
import { chosenPartitions } from "../partitions.ts";

const parser = merge(
  object("Options", {
    name: argument(string({ metavar: "TOPIC" })),
    before: option("--before", position, {
      description:
        message`What is older goes: an offset, end for everything, -N to keep the last N records of each partition, or a time.`,
    }),
    partitions: multiple(option("--partition", integer({ metavar: "N", min: 0 }), {
      description: message`Only this partition. May be repeated.`,
    })),
  }),
  object("Everywhere", { ...connectionFlags, ...outputFlags }),
);

async function run(options: InferValue<typeof parser>, context: CliContext): Promise<number> {
  const { name } = options;
  const before = absolutePosition(options.before, context.platform.clock.wallMs());
  const trimmed = await withCluster(options, context, async (cluster) => {
    const places = await chosenPartitions(cluster, [name], options.partitions);
    const points = await startingPoints(cluster, places, before);
    // A position that retention has passed already removes nothing.
    const wanted = points.map((one) => ({ ...one, offset: Math.max(one.offset, one.startOffset) }));
    const starts = await trimPartitions(cluster, wanted);
    return points.map(({ partition, startOffset, endOffset }, index) => ({
      partition,
      removed: Math.max(0, starts[index]! - startOffset),
      startOffset: starts[index]!,
      endOffset,
    }));
  });
  if (options.output === "json") await printJson(context, trimmed);
  else {
    await printTable(context, {
      heads: ["PARTITION", "REMOVED", "START", "END"],
      rows: trimmed.map((one) => [one.partition, one.removed, one.startOffset, one.endOffset]),
    });
  }
  return ExitCode.DONE;
}

export const trimCommand = defineCommand({
  parser,
  description:
    message`Removes the records of a topic before a position. The topic stays; offsets do not begin anew. There is no way back.`,
  examples: [
    ["sluice topic trim orders --before end", "Empty a topic"],
    ["sluice topic trim orders --before -7d", "Only the last week stays"],
    ["sluice topic trim orders --before 1000 --partition 0", "Up to an offset of one partition"],
  ],
  run,
});
