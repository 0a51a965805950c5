/**
 * One entry per API: which versions a listener speaks, and the function that answers. ApiVersions is built from the
 * entries, so it cannot claim what is not there.
 */

import { assert } from "../core/assert.ts";
import type { Address } from "../platform/network.ts";
import type { Api, Decoded, Encodable } from "../protocol/schema.ts";
import type { VersionRange } from "../protocol/versions.ts";

/** The connection a request came over. */
export interface ConnectionInfo {
  /** Unique within the process. */
  readonly id: number;
  /** The listener's name, such as "PLAINTEXT" or "CONTROLLER". */
  readonly listener: string;
  /** The address that the client itself connected to. */
  readonly local: Address;
  readonly remote: Address;
  readonly closed: boolean;
  /** Ends the connection at once. */
  close(): void;
  /**
   * Calls `task` once when the connection is gone, or at once if it is. Whoever no longer needs that calls what is
   * returned: connections live long, and a task holds on to its request.
   */
  onClose(task: () => void): () => void;
}

/** What a handler knows of the request besides its body. */
export interface RequestContext {
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly connection: ConnectionInfo;
  /** When the last byte of the request was read, in monotonic milliseconds. */
  readonly receivedMs: number;
}

/** Returned by a handler whose client expects no answer (Produce with acks=0). */
export const NO_RESPONSE = Symbol("no response");

/**
 * Answers one request. Byte fields of the request are views of the receive buffer, which the next read reuses: they
 * are valid until the handler returns, or first awaits. A handler that needs them later copies them first.
 */
export type Handle<A extends Api> = (
  request: Decoded<A["request"]>,
  context: RequestContext,
) => Encodable<A["response"]> | typeof NO_RESPONSE | Promise<Encodable<A["response"]> | typeof NO_RESPONSE>;

/** An entry of the registry. */
export interface Handler {
  readonly api: Api;
  /** The versions that are served; within the declaration's. */
  readonly versions: VersionRange;
  /** The lowest version that ApiVersions claims, when that is lower than what is served (Produce, KAFKA-18659). */
  readonly advertisedMin: number;
  // deno-lint-ignore no-explicit-any -- each entry's own types are checked where it is made, in handler()
  readonly handle: (request: any, context: RequestContext) => any;
}

/** Makes an entry; `versions` defaults to all that are declared. */
export function handler<A extends Api>(
  api: A,
  handle: Handle<A>,
  options: { readonly versions?: VersionRange; readonly advertisedMin?: number } = {},
): Handler {
  const versions = options.versions ?? api.request.versions;
  assert(
    versions.min >= api.request.versions.min && versions.max <= api.request.versions.max,
    `${api.name} is declared for versions ${api.request.versions.min}-${api.request.versions.max}`,
  );
  return { api, versions, advertisedMin: options.advertisedMin ?? versions.min, handle };
}

/** The APIs that one listener serves, by key. */
export class Registry {
  readonly #byKey: (Handler | undefined)[] = [];

  constructor(handlers: Iterable<Handler>) {
    for (const one of handlers) {
      assert(this.#byKey[one.api.key] === undefined, `API ${one.api.key} must be registered once`);
      this.#byKey[one.api.key] = one;
    }
  }

  get(apiKey: number): Handler | undefined {
    return this.#byKey[apiKey];
  }

  /** All entries in the order of their keys. */
  get handlers(): Handler[] {
    return this.#byKey.filter((one) => one !== undefined);
  }
}
