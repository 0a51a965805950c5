/** From what a runtime throws to {@link NetworkError}, in the same words on every runtime. */

import { messageOf } from "../../core/errors.ts";
import { formatAddress } from "../address.ts";
import { type Address, NetworkError, type NetworkErrorCode } from "../network.ts";

/** What the names that runtimes give an error mean: our code and the reason to show. */
type Meaning = readonly [code: NetworkErrorCode, reason: string];

const refused: Meaning = ["refused", "connection refused"];
const reset: Meaning = ["reset", "the peer cut the connection"];
const timeout: Meaning = ["timeout", "the peer does not answer"];
const inUse: Meaning = ["address-in-use", "the address is in use"];
const unresolved: Meaning = ["unresolved", "the name cannot be resolved"];
const denied: Meaning = ["denied", "permission denied"];
const closed: Meaning = ["closed", "the connection is closed"];
const foreign: Meaning = ["io", "this machine does not have the address"];
const unreachable: Meaning = ["io", "there is no way to the address"];

/** By the error code of libuv or the name of Deno's class. */
const meanings: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: refused,
  ConnectionRefused: refused,
  ECONNRESET: reset,
  ConnectionReset: reset,
  ECONNABORTED: reset,
  ConnectionAborted: reset,
  EPIPE: reset,
  BrokenPipe: reset,
  ENOTCONN: reset,
  NotConnected: reset,
  ETIMEDOUT: timeout,
  TimedOut: timeout,
  EADDRINUSE: inUse,
  AddrInUse: inUse,
  EADDRNOTAVAIL: foreign,
  AddrNotAvailable: foreign,
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  ENETUNREACH: unreachable,
  NetworkUnreachable: unreachable,
  EHOSTUNREACH: unreachable,
  HostUnreachable: unreachable,
  EACCES: denied,
  EPERM: denied,
  PermissionDenied: denied,
  NotCapable: denied,
  BadResource: closed,
  Interrupted: closed,
};

/** The IPv4 address of a peer that came over IPv4 to a socket of both families, which calls it `::ffff:1.2.3.4`. */
export function plainHost(host: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(host) ? host.slice(7) : host;
}

/** The error of a failed `action` ("connect to", "read from", ...) at `address`. */
export function networkError(action: string, address: Address, cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause;
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  const text = messageOf(cause);
  // Deno gives an error of name resolution no class of its own.
  const known = meanings[String(code)] ?? meanings[String(name)] ??
    (text.startsWith("failed to lookup address") ? unresolved : undefined);
  const [ourCode, reason] = known ?? ["io", text];
  return new NetworkError(ourCode, `${action} ${formatAddress(address)}: ${reason}`);
}

/** The error of using a connection after this side closed it. */
export function closedError(action: string, address: Address): NetworkError {
  return new NetworkError("closed", `${action} ${formatAddress(address)}: the connection is closed`);
}

/** The error of a connection attempt that took longer than it may. */
export function connectTimeoutError(address: Address, timeoutMs: number): NetworkError {
  return new NetworkError(
    "timeout",
    `connect to ${formatAddress(address)}: no answer within ${timeoutMs} ms`,
  );
}

/** An error as the system would report it, for adapters that must say it themselves. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
