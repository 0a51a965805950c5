/** `sluice broker`: its flags, which are also those of `sluice controller`. */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { defineCommand } from "../command.ts";
import { address, pair } from "../values.ts";

const flagsOfNode = {
  config: optional(option("--config", string({ metavar: "FILE" }), {
    description: message`Read configs from a YAML file, or from one in Kafka's .properties format.`,
  })),
  set: multiple(option("--set", pair, {
    description: message`Set a config by Kafka's name, such as log.segment.bytes=10MiB. May be repeated.`,
  })),
  nodeId: optional(option("--node-id", integer({ metavar: "N", min: 0 }), {
    description:
      message`The number of this node, unique in its cluster (1, or with --join a free one, unless set).`,
  })),
  listen: optional(option("--listen", address, {
    description: message`Where clients connect (127.0.0.1:9092 unless set). Port 0 takes a free one.`,
  })),
  advertise: optional(option("--advertise", address, {
    description: message`Where clients are told to connect; otherwise the address they connected to.`,
  })),
  controllerListen: optional(option("--controller-listen", address, {
    description:
      message`Where the other nodes reach this node's controller (the host of --listen and a free port that is kept, unless set).`,
  })),
  join: optional(option("--join", string({ metavar: "HOST:PORT,..." }), {
    description:
      message`Join the cluster of a live node on the first start: its id, its controllers and a free node id are learned from there.`,
  })),
  controllers: optional(option("--controllers", string({ metavar: "ID@HOST:PORT,..." }), {
    description:
      message`The controllers of a new cluster, the same list on every node; a node that is not among them is only a broker.`,
  })),
  dataDir: optional(option("--data-dir", string({ metavar: "DIR" }), {
    description: message`Where the data is (./sluice-data unless set); made on first use.`,
  })),
  ephemeral: withDefault(
    flag("--ephemeral", {
      description: message`Keep the data in a temporary directory that is removed at the end.`,
    }),
    false,
  ),
  http: optional(option("--http", string({ metavar: "HOST:PORT|off" }), {
    description:
      message`Where health, metrics, REST and the dashboard are (127.0.0.1:8080 unless set, or a free port when that is taken); off for none.`,
  })),
  rack: optional(option("--rack", string({ metavar: "NAME" }), {
    description: message`The rack of this node; replicas are spread over racks.`,
  })),
  logLevel: optional(
    option("--log-level", choice(["trace", "debug", "info", "warning", "error"], { metavar: "LEVEL" }), {
      description: message`The least severe messages on standard error (info unless set).`,
    }),
  ),
  logFormat: optional(option("--log-format", choice(["text", "json"], { metavar: "FORMAT" }), {
    description: message`How messages and the line that says it serves are written (text unless set).`,
  })),
};

export const controllerParser = object("Options", flagsOfNode);

const brokerParser = object("Options", {
  ...flagsOfNode,
  roles: optional(option("--roles", string({ metavar: "ROLE,..." }), {
    description:
      message`What this node is: broker, controller or both (both unless set, or only a broker where there are controllers enough).`,
  })),
});

/** What `sluice broker` was told; everything that is not set has its default in the config table. */
export type BrokerOptions = InferValue<typeof brokerParser>;

export const brokerCommand = defineCommand({
  parser: brokerParser,
  description:
    message`Runs a broker that any Kafka client can use. Without options it is a cluster of one node on 127.0.0.1:9092 with its data in ./sluice-data. Once it serves, one line on standard output says so; messages go to standard error.`,
  examples: [
    ["sluice broker", "A broker on this machine"],
    [
      "sluice broker --ephemeral --listen 127.0.0.1:0 --log-format json",
      "For tests: a free port, nothing left behind",
    ],
    [
      "sluice broker --listen 0.0.0.0:9092 --data-dir /var/lib/sluice \\\n    --set log.retention.ms=7d",
      "A server",
    ],
    [
      "sluice broker --listen 127.0.0.1:9094 --data-dir node-2 --join 127.0.0.1:9092",
      "One more node for the cluster of the first example",
    ],
  ],
  run: async (options, context) => await (await import("./run.ts")).runBroker(options, context),
});
