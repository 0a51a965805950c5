/**
 * The listeners of a node: those it is configured with, as Kafka writes them (`NAME://host:port`), and the one that
 * every controller has for its peers, whether or not anybody configured it.
 */

import type { BrokerConfig } from "../config/broker_config.ts";
import { quorumVoters } from "../controller/quorum/raft_config.ts";
import { UsageError } from "../core/errors.ts";
import type { EndpointImage } from "../metadata/image.ts";
import { isWildcard, parsePeerAddress } from "../platform/address.ts";
import { type Address, NetworkError } from "../platform/network.ts";
import type { Server } from "../server/server.ts";

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

/** Kafka's id of the PLAINTEXT security protocol. */
const PLAINTEXT = 0;

/** Where other nodes reach what listens at `bound`; a wildcard address is no place to connect to. */
export function endpointOf(listener: ConfiguredListener, bound: Address, hostName: string): EndpointImage {
  const { host, port } = listener.advertised ?? bound;
  return { name: listener.name, host: isWildcard(host) ? hostName : host, port, securityProtocol: PLAINTEXT };
}

/**
 * The listener on which the peers reach this node's controller. Nobody has to configure it: then it takes the host of
 * the first listener and a free port, the same one as at earlier starts (`rememberedPort`) because the peers know it.
 */
export function controllerListener(
  config: BrokerConfig,
  rememberedPort: number,
): ConfiguredListener & { readonly isChosen: boolean } {
  const [configured] = configuredListeners(config, "controller");
  if (configured !== undefined) return { ...configured, isChosen: false };
  const name = (config.get("controller.listener.names")[0] ?? "CONTROLLER").toUpperCase();
  const voter = quorumVoters(config).find(({ id }) => id === config.get("node.id"))?.endpoints[0];
  // What all nodes were told of this one is where they look for it.
  const advertised = voter === undefined ? null : { host: voter.host, port: voter.port };
  const listen = config.get("controller.listen");
  if (listen !== null) {
    return { name, address: parsePeerAddress(listen, "controller.listen"), advertised, isChosen: false };
  }
  if (advertised !== null) return { name, address: advertised, advertised, isChosen: false };
  const host = configuredListeners(config, "broker")[0]?.address.host ?? "127.0.0.1";
  return { name, address: { host, port: rememberedPort }, advertised: null, isChosen: true };
}

/** Binds the controller's listener; a port that only chance had chosen may be taken by now, and then another will do. */
export function bindController(
  server: Server,
  listener: ConfiguredListener & { readonly isChosen: boolean },
): Address {
  const { name, address, isChosen } = listener;
  try {
    return server.bind(name, address);
  } catch (error) {
    const isTaken = error instanceof NetworkError && error.code === "address-in-use";
    if (!isTaken || !isChosen || address.port === 0) throw error;
    return server.bind(name, { host: address.host, port: 0 });
  }
}
