/** `sluice log dump`: its flags. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, flag, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { defineCommand } from "../../command.ts";
import { decodings } from "../decode/decoder.ts";
import { rawOutputFlags } from "../flags.ts";

const parser = merge(
  object("Options", {
    files: multiple(argument(string({ metavar: "FILE" })), {
      min: 1,
      errors: { tooFew: message`Wanted at least one file, such as DIR/orders-0/00000000000000000000.log.` },
    }),
    batches: withDefault(
      flag("--batches", { description: message`Only the headers of batches, not the records in them.` }),
      false,
    ),
    from: withDefault(
      option("--from", integer({ metavar: "OFFSET", min: 0 }), {
        description: message`Leave out the records before this offset.`,
      }),
      0,
    ),
    decode: withDefault(
      option("--decode", choice(decodings, { metavar: "TOPIC" }), {
        description:
          message`What the records mean: those of __consumer_offsets, __transaction_state, __cluster_metadata or __share_group_state. With auto, the name of the directory says so.`,
      }),
      "auto" as const,
    ),
  }),
  object("Everywhere", rawOutputFlags),
);

/** What `sluice log dump` was told. */
export type DumpOptions = InferValue<typeof parser>;

export const dumpCommand = defineCommand({
  parser,
  description:
    message`Prints what is in files of a data directory of Sluice or Apache Kafka: segments, indexes, producer snapshots, metadata snapshots, checkpoints and the other small files. No broker is needed, and one that runs is not disturbed. Exits with 1 when a file is damaged, after all that is sound.`,
  examples: [
    ["sluice log dump sluice-data/orders-0/*.log", "The records of a partition"],
    ["sluice log dump --batches sluice-data/orders-0/*.log", "Only its batches"],
    ["sluice log dump -o json sluice-data/__consumer_offsets-*/*.log | jq .decoded", "Committed offsets"],
    ["sluice log dump sluice-data/*-checkpoint sluice-data/meta.properties", "Checkpoints of a directory"],
  ],
  run: async (options, context) => await (await import("./run.ts")).runDump(options, context),
});
