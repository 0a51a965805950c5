/** Addresses as people write them: `host:port`, an IPv6 host in brackets. */

import { UsageError } from "../core/errors.ts";
import type { Address } from "./network.ts";

/**
 * The address that `text` says; the host may be empty, which is every address of the machine, and port 0 is any free
 * one. Throws {@link UsageError}, which names `where` when it is given.
 */
export function parseAddress(text: string, where = ""): Address {
  const match = /^(\[[0-9A-Fa-f:.%a-z]+\]|[^:[\]/\s]*):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (match === null || port > 65535) throw notAnAddress(text, where);
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}

/** Like {@link parseAddress}, of somebody else: the host has to be there. */
export function parsePeerAddress(text: string, where = ""): Address {
  const address = parseAddress(text, where);
  if (address.host === "") throw notAnAddress(text, where);
  return address;
}

function notAnAddress(text: string, where: string): UsageError {
  const prefix = where === "" ? "" : `${where}: `;
  return new UsageError(`${prefix}"${text}" is not an address; wanted HOST:PORT, such as 127.0.0.1:9092`);
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a listener with this host takes connections for all addresses of the machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}
