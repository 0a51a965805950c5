/** `sluice produce`: its flags. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, flag, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { UsageError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { connectionFlags } from "../connect.ts";
import { parseEscapes } from "../escapes.ts";
import { pair, valueOf } from "../values.ts";

/** `1000` or `1000/s`. */
export function parseRate(text: string): number {
  const rate = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)?.[1] ?? 0);
  if (rate > 0) return rate;
  throw new UsageError(`"${text}" is not a rate; wanted records a second, such as 1000 or 0.5`);
}

const separator = valueOf("TEXT", (text) => {
  if (text !== "") return parseEscapes(text);
  throw new UsageError(`"" separates nothing; wanted at least one character, such as "\\t" or ":"`);
}, "\t");

const parser = merge(
  object("Options", {
    topic: argument(string({ metavar: "TOPIC" })),
    file: optional(option("-f", "--file", string({ metavar: "FILE" }), {
      description: message`Read a file instead of standard input.`,
    })),
    format: withDefault(
      option("--format", choice(["line", "json"], { metavar: "FORMAT" }), {
        description:
          message`Each line is a value (line, the default), or an object with value and optionally key, headers, partition and timestamp (json).`,
      }),
      "line" as const,
    ),
    keySeparator: optional(option("-k", "--key-separator", separator, {
      description: message`Each line is a key and a value with this between them; \\t is a tab.`,
    })),
    nullMarker: optional(option("--null", string({ metavar: "TEXT" }), {
      description: message`A key or value that is this text is null; a null value is a tombstone.`,
    })),
    tombstone: withDefault(
      flag("--tombstone", { description: message`Each line is a key, and its record is a tombstone.` }),
      false,
    ),
    headers: multiple(option("-H", "--header", pair, {
      description: message`A header for every record. May be repeated.`,
    })),
    partition: optional(option("-p", "--partition", integer({ metavar: "N", min: 0 }), {
      description: message`Send everything to this partition; otherwise the key decides.`,
    })),
    acks: withDefault(
      option("--acks", choice(["all", "-1", "1", "0"], { metavar: "ACKS" }), {
        description:
          message`How many replicas must have a record: all, the leader (1) or none (0). With all, nothing is stored twice.`,
      }),
      "all" as const,
    ),
    compression: withDefault(
      option("-z", "--compression", choice(["none", "gzip", "snappy", "lz4", "zstd"], { metavar: "CODEC" }), {
        description: message`Compress batches.`,
      }),
      "none" as const,
    ),
    rate: optional(option("--rate", valueOf("N/s", parseRate, 1), {
      description: message`Send at most so many records a second.`,
    })),
  }),
  object("Everywhere", connectionFlags),
);

/** What `sluice produce` was told. */
export type ProduceOptions = InferValue<typeof parser>;

export const produceCommand = defineCommand({
  parser,
  description:
    message`Sends each line of standard input or of a file as a record. A topic that is not there is created if the brokers allow it. Ends with 1 when a record could not be stored.`,
  examples: [
    ["echo hello | sluice produce greetings", "One record"],
    ["sluice produce users -k : -f users.txt -z zstd", "Lines such as id:name, compressed"],
    [`echo '{"key":"7","value":null}' | sluice produce users --format json`, "A tombstone"],
    ["sluice consume a --format json --exit | sluice produce b --format json", "Copy a topic"],
  ],
  run: async (options, context) => await (await import("./run.ts")).runProduce(options, context),
});
