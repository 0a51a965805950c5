/** `sluice consume`: its flags. */

import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, flag, option } from "@optique/core/primitives";
import { integer, string } from "@optique/core/valueparser";
import { defineCommand } from "../command.ts";
import { connectionFlags } from "../connect.ts";
import { position } from "../position.ts";
import { groupFlags } from "./group_flags.ts";

const parser = merge(
  object("Options", {
    topics: multiple(argument(string({ metavar: "TOPIC" })), {
      min: 1,
      errors: { tooFew: message`Wanted the name of at least one topic.` },
    }),
    from: optional(option("--from", position, {
      description:
        message`Where to begin in each partition: start, end, an offset, -N for the last N records, a time such as 2026-01-31T12:00:00Z, or -15m. Otherwise the end, and with --exit the start.`,
    })),
    partitions: multiple(option("-p", "--partition", integer({ metavar: "N", min: 0 }), {
      description: message`Only this partition. May be repeated.`,
    })),
    count: optional(option("-n", "--count", integer({ metavar: "N", min: 1 }), {
      description: message`Stop after so many records.`,
    })),
    exit: withDefault(
      flag("-e", "--exit", { description: message`Stop at what is the end when the command starts.` }),
      false,
    ),
    format: withDefault(
      option("--format", string({ metavar: "TEMPLATE" }), {
        description:
          message`What to print of each record: json, or a text with %v value, %k key, %o offset, %p partition, %t topic, %h headers, %T timestamp, %% and escapes such as \\t. A line break is added unless it ends with \\n or \\0.`,
      }),
      "%v",
    ),
    nullMarker: withDefault(
      option("--null", string({ metavar: "TEXT" }), {
        description: message`What to print for a key or value that is null; nothing unless set.`,
      }),
      "",
    ),
  }),
  object("As a member of a group", groupFlags),
  object("Everywhere", connectionFlags),
);

/** What `sluice consume` was told. */
export type ConsumeOptions = InferValue<typeof parser>;

export const consumeCommand = defineCommand({
  parser,
  description:
    message`Prints the records of topics as they come, each value on a line. Within a partition they are in order. Ctrl-C ends it.`,
  examples: [
    ["sluice consume orders", "What comes from now on"],
    ["sluice consume orders --exit", "All that is there"],
    ["sluice consume orders --from -10 --exit", "The last ten records of each partition"],
    ["sluice consume orders --format '%p:%o %k=%v' -n 1", "One record with its place and key"],
    ["sluice consume orders payments --format json | jq .value", "Two topics as JSON"],
    ["sluice consume orders --group billing", "Go on where the group stands, and share with its others"],
  ],
  run: async (options, context) => {
    if (options.group === undefined) return await (await import("./run.ts")).runConsume(options, context);
    return await (await import("./group.ts")).runGroupConsume(options, options.group, context);
  },
});
