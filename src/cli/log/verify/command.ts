/** `sluice log verify`: its flags. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, flag } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { defineCommand } from "../../command.ts";
import { rawOutputFlags } from "../flags.ts";

const parser = merge(
  object("Options", {
    directory: argument(string({ metavar: "DIR" })),
    deep: withDefault(
      flag("--deep", {
        description: message`Decompress and read every record too; otherwise checksums speak for them.`,
      }),
      false,
    ),
  }),
  object("Everywhere", rawOutputFlags),
);

/** What `sluice log verify` was told. */
export type VerifyCommandOptions = InferValue<typeof parser>;

export const verifyCommand = defineCommand({
  parser,
  description:
    message`Checks a data directory of Sluice or Apache Kafka, or one partition in it: the checksum of every batch, that offsets ascend and none that was promised is missing, that indexes lead to where they say, and the snapshots, checkpoints and small files. Nothing is changed. Exits with 1 when something is damaged, and prints what.`,
  examples: [
    ["sluice log verify /var/lib/sluice", "Everything that a broker has"],
    ["sluice log verify --deep /var/lib/sluice/orders-0", "One partition, every record"],
  ],
  run: async (options, context) => await (await import("./run.ts")).runVerify(options, context),
});
