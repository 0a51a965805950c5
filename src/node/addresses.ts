/** Addresses as configs write them: `host:port`, an IPv6 host in brackets. */

import { UsageError } from "../core/errors.ts";
import type { Address } from "../platform/network.ts";

export type { Address };

/** Parses `text`, which `where` says; throws {@link UsageError} naming both. */
export function parseHostPort(where: string, text: string): Address {
  const match = /^(\[[0-9A-Fa-f:.%a-z]+\]|[^:[\]/\s]+):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (match === null || port > 65535) {
    throw new UsageError(`${where}: "${text}" is not an address; wanted HOST:PORT, such as 127.0.0.1:9092`);
  }
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a listener with this host takes connections for all addresses of the machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}
