/** `sluice controller`: a node of the metadata quorum that serves no clients. */

import { message } from "@optique/core/message";
import { controllerParser } from "../broker/command.ts";
import { defineCommand } from "../command.ts";

export const controllerCommand = defineCommand({
  parser: controllerParser,
  description:
    message`Runs a node of the metadata quorum that serves no clients: "sluice broker --roles controller".`,
  examples: [
    [
      "sluice controller --node-id 1 --controller-listen 10.0.0.1:9093 \\\n    --controllers 1@10.0.0.1:9093",
      "The controller of a cluster whose brokers are elsewhere",
    ],
  ],
  run: async (options, context) =>
    await (await import("../broker/run.ts")).runBroker({ ...options, roles: "controller" }, context),
});
