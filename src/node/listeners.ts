/** The listeners a node is configured with: `NAME://host:port`, as Kafka writes them. */

import type { BrokerConfig } from "../config/broker_config.ts";
import { UsageError } from "../core/errors.ts";
import type { Address } from "../platform/network.ts";

/** A listener, as configured: port 0 asks for any free one. */
export interface ConfiguredListener {
  readonly name: string;
  readonly address: Address;
  /** What clients are told; null when they are told the address that they connected to. */
  readonly advertised: Address | null;
}

/** Parses one entry of `listeners` or `advertised.listeners`; an empty host means all interfaces. */
function parseListener(
  config: string,
  text: string,
): { readonly name: string; readonly address: Address } {
  const match = /^([A-Za-z][A-Za-z0-9_-]*):\/\/(\[[0-9A-Fa-f:.%a-z]+\]|[^:[\]/]*):(\d{1,5})$/.exec(
    text.trim(),
  );
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new UsageError(
      `${config}: "${text}" is not a listener; wanted NAME://HOST:PORT, such as PLAINTEXT://127.0.0.1:9092`,
    );
  }
  const host = match[2]!.replace(/^\[|\]$/g, "");
  return { name: match[1]!.toUpperCase(), address: { host: host === "" ? "0.0.0.0" : host, port } };
}

/** The listeners of a role: those of the controller are named by `controller.listener.names`. */
export function configuredListeners(
  config: BrokerConfig,
  role: "broker" | "controller",
): ConfiguredListener[] {
  const controllerNames = new Set(
    (config.get("controller.listener.names") ?? []).map((name) => name.toUpperCase()),
  );
  const advertised = new Map(
    (config.get("advertised.listeners") ?? [])
      .map((text) => parseListener("advertised.listeners", text))
      .map(({ name, address }) => [name, address] as const),
  );
  const found: ConfiguredListener[] = [];
  const names = new Set<string>();
  for (const text of config.get("listeners")) {
    const { name, address } = parseListener("listeners", text);
    if (names.has(name)) {
      throw new UsageError(`listeners: "${name}" is there twice; wanted one listener a name`);
    }
    names.add(name);
    if (controllerNames.has(name) === (role === "controller")) {
      found.push({ name, address, advertised: advertised.get(name) ?? null });
    }
  }
  for (const name of advertised.keys()) {
    if (!names.has(name)) throw new UsageError(`advertised.listeners: "${name}" is not one of the listeners`);
  }
  return found;
}
