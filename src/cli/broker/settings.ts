/** From the flags of `sluice broker` to the config of a node. */

import { BrokerConfig } from "../../config/broker_config.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { decodeUtf8 } from "../../core/bytes.ts";
import { UsageError } from "../../core/errors.ts";
import { CommandError } from "../exit.ts";
import type { CliContext } from "../context.ts";
import { formatAddress } from "../values.ts";
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
  add("log.dirs", options.dataDir);
  add("ephemeral", options.ephemeral ? "true" : undefined);
  add("http.listen", options.http);
  add("broker.rack", options.rack);
  add("logging.level", options.logLevel);
  add("logging.format", options.logFormat);
  return settings;
}

/** Loads the config of a node. Throws `UsageError` for wrong values and `CommandError` for what Sluice cannot do yet. */
export async function loadSettings(options: BrokerOptions, context: CliContext): Promise<LoadedConfig> {
  refuseCluster(options);
  const { process, platform } = context;
  const loaded = await loadConfig({
    flags: flagSettings(options),
    environment: process.environment(),
    ...(options.config === undefined ? {} : { file: readConfigFile(options.config, platform.disk) }),
  });
  const roles = loaded.config.get("process.roles");
  if (!roles.includes("broker") || !roles.includes("controller")) {
    throw new CommandError(
      `a node with only the role ${roles.join(", ")} is not possible yet; "sluice broker" has both roles`,
    );
  }
  return loaded;
}

function readConfigFile(name: string, disk: CliContext["platform"]["disk"]) {
  const bytes = disk.readFile(name);
  return { name, text: decodeUtf8(bytes, 0, bytes.length) };
}

/** Clusters of several nodes are not there yet: better said than half done. */
function refuseCluster(options: BrokerOptions): void {
  const own = options.nodeId ?? 1;
  for (const voter of options.controllers?.split(",") ?? []) {
    const id = /^(\d+)@.+:\d+$/.exec(voter.trim())?.[1];
    if (id === undefined) {
      throw new UsageError(`--controllers: "${voter}" is not a controller; wanted ID@HOST:PORT`);
    }
    if (Number(id) !== own) {
      throw new CommandError(`--controllers: "${voter}" is another node; clusters are not possible yet`);
    }
  }
  if (options.controllerListen !== undefined) {
    throw new CommandError(
      "--controller-listen: clusters are not possible yet, so no other node would connect",
    );
  }
}

/** The same config with its data in another directory. */
export function withDataIn(directory: string, config: BrokerConfig): BrokerConfig {
  const statics = new Map(config.statics);
  statics.delete("metadata.log.dir");
  statics.set("log.dirs", { text: directory, origin: "program" });
  return new BrokerConfig(statics);
}
