/** Several networks behind one: a combined node reaches its own parts in memory and everyone else over TCP. */

import type { Address, Network } from "./network.ts";

/** The host name of addresses inside the process. */
export const MEMORY_HOST = "memory";

/** A network that takes addresses whose host is a key of `byHost` there, and all others to `otherwise`. */
export function composeNetworks(byHost: Readonly<Record<string, Network>>, otherwise: Network): Network {
  const networkFor = ({ host }: Address) => Object.hasOwn(byHost, host) ? byHost[host]! : otherwise;
  return {
    listen: (address) => networkFor(address).listen(address),
    connect: (address, options) => networkFor(address).connect(address, options),
  };
}
