/** `sluice demo`: a cluster on this machine to look at and to break. */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import { defineCommand } from "../command.ts";
import { address } from "../values.ts";

const demoParser = object("Options", {
  brokers: withDefault(
    option("--brokers", integer({ metavar: "N", min: 1, max: 9 }), {
      description: message`How many nodes, each a process of its own (3 unless set).`,
    }),
    3,
  ),
  http: withDefault(
    option("--http", address, {
      description: message`Where the dashboard is (127.0.0.1:8080 unless set). Port 0 takes a free one.`,
    }),
    { host: "127.0.0.1", port: 8080 },
  ),
  idle: withDefault(
    flag("--idle", { description: message`Without sample traffic.` }),
    false,
  ),
  logs: withDefault(
    flag("--logs", { description: message`Show what the nodes log, on standard error.` }),
    false,
  ),
});

export type DemoOptions = InferValue<typeof demoParser>;

export const demoCommand = defineCommand({
  parser: demoParser,
  description:
    message`Runs a cluster on this machine with sample traffic and a dashboard that can also stop, kill, freeze and cut off its nodes. Everything is thrown away at the end, which Ctrl-C brings about.`,
  examples: [
    ["sluice demo", "Three nodes, and a dashboard at http://127.0.0.1:8080"],
    ["sluice demo --brokers 5 --idle", "Five nodes without traffic, for one's own clients"],
  ],
  run: async (options, context) => await (await import("./run.ts")).runDemo(options, context),
});
