/** From what a runtime throws to {@link NetworkError}. */

import { messageOf } from "../../core/errors.ts";
import { type Address, NetworkError, type NetworkErrorCode } from "../network.ts";

const codeOf: Readonly<Record<string, NetworkErrorCode>> = {
  ECONNREFUSED: "refused",
  ConnectionRefused: "refused",
  ECONNRESET: "reset",
  ConnectionReset: "reset",
  ECONNABORTED: "reset",
  ConnectionAborted: "reset",
  EPIPE: "reset",
  BrokenPipe: "reset",
  ENOTCONN: "reset",
  NotConnected: "reset",
  ETIMEDOUT: "timeout",
  TimedOut: "timeout",
  EADDRINUSE: "address-in-use",
  AddrInUse: "address-in-use",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
  DNS_ENOTFOUND: "unresolved",
  EACCES: "denied",
  EPERM: "denied",
  PermissionDenied: "denied",
  NotCapable: "denied",
  BadResource: "closed",
  Interrupted: "closed",
};

/** `host:port`, with an IPv6 host in brackets. */
export function addressText({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The error of a failed `action` ("connect to", "read from", ...) at `address`. */
export function networkError(action: string, address: Address, cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause;
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  const text = messageOf(cause);
  const unresolved = /failed to lookup address|getaddrinfo/.test(text);
  const known = codeOf[String(code)] ?? codeOf[String(name)] ?? (unresolved ? "unresolved" : "io");
  return new NetworkError(known, `${action} ${addressText(address)}: ${text}`);
}

/** The error of using a connection after this side closed it. */
export function closedError(action: string, address: Address): NetworkError {
  return new NetworkError("closed", `${action} ${addressText(address)}: the connection is closed`);
}

/** The error of a connection attempt that took longer than it may. */
export function connectTimeoutError(address: Address, timeoutMs: number): NetworkError {
  return new NetworkError("timeout", `connect to ${addressText(address)}: no answer within ${timeoutMs} ms`);
}
