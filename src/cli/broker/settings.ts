/** From the flags of `sluice broker` to the config of a node. */

import { BrokerConfig } from "../../config/broker_config.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { decodeUtf8 } from "../../core/bytes.ts";
import type { CliContext } from "../context.ts";
import { formatAddress } from "../../platform/address.ts";
import type { BrokerOptions } from "./command.ts";

/** The settings that the flags stand for, under Kafka's names. */
export function flagSettings(options: BrokerOptions): [string, string][] {
  const settings: [string, string][] = [...options.set].map(([name, value]) => [name, value]);
  const add = (name: string, value: string | number | undefined) => {
    if (value !== undefined) settings.push([name, String(value)]);
  };
  add("node.id", options.nodeId);
  add("process.roles", options.roles);
  add("listeners", options.listen && `PLAINTEXT://${formatAddress(options.listen)}`);
  add("advertised.listeners", options.advertise && `PLAINTEXT://${formatAddress(options.advertise)}`);
  add("controller.listen", options.controllerListen && formatAddress(options.controllerListen));
  add("controller.quorum.voters", options.controllers);
  add("cluster.join", options.join);
  add("log.dirs", options.dataDir);
  add("ephemeral", options.ephemeral ? "true" : undefined);
  add("http.listen", options.http);
  add("broker.rack", options.rack);
  add("logging.level", options.logLevel);
  add("logging.format", options.logFormat);
  return settings;
}

/** Loads the config of a node. Throws `UsageError` for wrong values. */
export async function loadSettings(options: BrokerOptions, context: CliContext): Promise<LoadedConfig> {
  const { process, platform } = context;
  return await loadConfig({
    flags: flagSettings(options),
    environment: process.environment(),
    ...(options.config === undefined ? {} : { file: readConfigFile(options.config, platform.disk) }),
  });
}

function readConfigFile(name: string, disk: CliContext["platform"]["disk"]) {
  const bytes = disk.readFile(name);
  return { name, text: decodeUtf8(bytes, 0, bytes.length) };
}

/** The same config with its data in another directory. */
export function withDataIn(directory: string, config: BrokerConfig): BrokerConfig {
  const statics = new Map(config.statics);
  statics.delete("metadata.log.dir");
  statics.set("log.dirs", { text: directory, origin: "program" });
  return new BrokerConfig(statics);
}
