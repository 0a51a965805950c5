/** What a client reports to whoever uses it. */

import { DecodeError } from "../core/errors.ts";
import { type Address, NetworkError } from "../platform/network.ts";
import { errorInfo } from "../protocol/error_codes.ts";

/** No broker, or not the one that matters, could be reached: exit code 3 of the command line. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  /** The broker at the address that the cluster's metadata tells; null when no broker answered at all. */
  readonly brokerId: number | null;

  constructor(message: string, brokerId: number | null = null) {
    super(message);
    this.brokerId = brokerId;
  }
}

/** A broker refused what it was asked: `code` is Kafka's. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: number;
  readonly retriable: boolean;

  /** `action` says what was attempted, `detail` what is known about why it was refused. */
  constructor(action: string, code: number, detail?: string | null) {
    const info = errorInfo(code);
    super(`${action}: ${detail ? `${detail} (${info.name})` : info.name}`);
    this.code = code;
    this.retriable = info.retriable;
  }
}

/** The other side does not serve an API in any version that this side speaks: trying again does not help. */
export class NotServedError extends NetworkError {
  constructor(api: string, { host, port }: Address) {
    super("io", `${api} at ${host}:${port}: the other side does not serve it`);
  }
}

/** Whether `error` came of a connection, so that another one or a later attempt may do better. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof NotServedError) return false;
  return error instanceof NetworkError || error instanceof DecodeError;
}
