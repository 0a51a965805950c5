/**
 * One connection to a broker or controller: requests are pipelined, responses come back in their order, and each
 * API is spoken at the highest version that both sides know (ApiVersions, KIP-511).
 */

import { ByteReader, ByteWriter } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import { type Address, type Connection, type Network, NetworkError } from "../platform/network.ts";
import type { Timers } from "../platform/platform.ts";
import { codecOf, isFlexible } from "../protocol/codec.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { requestHeader } from "../protocol/header.ts";
import { apiVersions } from "../protocol/messages/18_api_versions.ts";
import type { Api, Decoded, Encodable } from "../protocol/schema.ts";
import type { VersionRange } from "../protocol/versions.ts";
import { NotServedError } from "./errors.ts";
import { FrameReader } from "./frame_reader.ts";

/** What a connection needs to know. */
export interface ClientConnectionOptions {
  readonly network: Network;
  readonly timers: Timers;
  readonly clientId: string;
  readonly softwareVersion: string;
  /** How long to wait for each response, and for the connection unless told, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** How long to wait for the connection and for the first answer on it, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** The largest response that is accepted, in bytes. */
  readonly maxResponseBytes?: number;
  /**
   * So many large responses share their memory in turn: bytes in a response are then valid only until as many others
   * have come. Without it they are the caller's to keep.
   */
  readonly reusedFrames?: number;
}

/** How one request is sent. */
export interface SendOptions {
  /** A version lower than what both sides know. */
  readonly version?: number;
  readonly timeoutMs?: number;
  /** The broker will not answer (Produce with acks=0): resolves with null once the request is written. */
  readonly noResponse?: boolean;
  /** About how large the request is, when it is large: saves growing the buffer again and again. */
  readonly sizeHintBytes?: number;
}

interface Pending {
  readonly correlationId: number;
  resolve(reader: ByteReader): void;
  reject(error: unknown): void;
}

const DEFAULT_MAX_RESPONSE_BYTES = 256 * 1024 * 1024;

export class ClientConnection {
  readonly address: Address;
  readonly #stream: Connection;
  readonly #options: ClientConnectionOptions;
  readonly #versions = new Map<number, VersionRange>();
  #pending: Pending[] = [];
  #writes: Promise<void> = Promise.resolve();
  #correlationId = 0;
  #closed: unknown;

  private constructor(stream: Connection, address: Address, options: ClientConnectionOptions) {
    this.#stream = stream;
    this.address = address;
    this.#options = options;
  }

  /** Connects and agrees on versions. Rejects with `NetworkError` when the address does not answer. */
  static async open(address: Address, options: ClientConnectionOptions): Promise<ClientConnection> {
    // A process that is stopped still accepts connections: only what answers is there.
    const timeoutMs = Math.min(options.connectTimeoutMs ?? Infinity, options.requestTimeoutMs);
    const stream = await options.network.connect(address, { timeoutMs });
    const connection = new ClientConnection(stream, address, options);
    void connection.#readAll();
    try {
      await connection.#negotiate(timeoutMs);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** The versions of `api` that both sides speak, or undefined when the other side does not serve it. */
  versionsOf(api: Api): VersionRange | undefined {
    const theirs = this.#versions.get(api.key);
    if (theirs === undefined) return undefined;
    const min = Math.max(theirs.min, api.request.versions.min);
    const max = Math.min(theirs.max, api.request.versions.max);
    return min > max ? undefined : { min, max };
  }

  /**
   * Sends a request and resolves with its response; the caller looks at the error codes in it. Rejects with
   * `NetworkError` when the connection is lost, times out, or the other side does not speak the API.
   */
  send<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    options: SendOptions = {},
  ): Promise<Decoded<A["response"]>> {
    const known = this.versionsOf(api);
    if (known === undefined) return Promise.reject(new NotServedError(api.name, this.address));
    const version = Math.min(options.version ?? known.max, known.max);
    return this.#send(api, version, request, options);
  }

  /** Closes at once; requests that wait are rejected. */
  close(reason: unknown = new NetworkError("closed", "the connection was closed")): void {
    if (this.closed) return;
    this.#closed = reason;
    this.#stream.close();
    const waiting = this.#pending;
    this.#pending = [];
    for (const one of waiting) one.reject(reason);
  }

  async #negotiate(timeoutMs: number): Promise<void> {
    const request = { clientSoftwareName: "sluice", clientSoftwareVersion: this.#options.softwareVersion };
    let response = await this.#send(apiVersions, apiVersions.request.versions.max, request, { timeoutMs });
    if (response.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
      const theirs = response.apiKeys.find((one) => one.apiKey === apiVersions.key);
      response = await this.#send(apiVersions, theirs?.maxVersion ?? 0, request, { timeoutMs });
    }
    for (const one of response.apiKeys) {
      this.#versions.set(one.apiKey, { min: one.minVersion, max: one.maxVersion });
    }
  }

  async #send<A extends Api>(
    api: A,
    version: number,
    request: Encodable<A["request"]>,
    options: SendOptions,
  ): Promise<Decoded<A["response"]>> {
    if (this.closed) throw this.#closed;
    const correlationId = this.#correlationId = (this.#correlationId + 1) & 0x7fffffff;
    const frame = this.#encode(api, version, request, {
      correlationId,
      sizeHintBytes: options.sizeHintBytes,
    });
    if (options.noResponse === true) {
      await this.#write(frame);
      return null as unknown as Decoded<A["response"]>;
    }
    const response = this.#expect(correlationId);
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    const timer = this.#options.timers.after(timeoutMs, () => {
      const { host, port } = this.address;
      this.close(
        new NetworkError("timeout", `${api.name} at ${host}:${port}: no response within ${timeoutMs} ms`),
      );
    });
    try {
      this.#write(frame).catch((error) => this.close(error));
      const reader = await response;
      if (isFlexible(api.response, version) && api.key !== apiVersions.key) reader.skipTaggedFields();
      const unsupported = api.key === apiVersions.key && this.#isVersionRefusal(reader);
      return codecOf(api.response, unsupported ? 0 : version).decode(reader) as Decoded<A["response"]>;
    } finally {
      timer.cancel();
    }
  }

  /** An ApiVersions response to an unknown version is always encoded at version 0. */
  #isVersionRefusal(reader: ByteReader): boolean {
    const code = reader.readInt16();
    reader.position -= 2;
    return code === ErrorCode.UNSUPPORTED_VERSION;
  }

  #expect(correlationId: number): Promise<ByteReader> {
    return new Promise((resolve, reject) => this.#pending.push({ correlationId, resolve, reject }));
  }

  #encode<A extends Api>(
    api: A,
    version: number,
    request: Encodable<A["request"]>,
    { correlationId, sizeHintBytes = 0 }: { correlationId: number; sizeHintBytes: number | undefined },
  ): Uint8Array {
    const writer = new ByteWriter(512 + sizeHintBytes);
    writer.writeInt32(0);
    const header = {
      requestApiKey: api.key,
      requestApiVersion: version,
      correlationId,
      clientId: this.#options.clientId,
    };
    codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).encode(writer, header);
    codecOf(api.request, version).encode(writer, request as never);
    writer.setInt32(0, writer.position - 4);
    return writer.written;
  }

  #write(frame: Uint8Array): Promise<void> {
    const written = this.#writes.then(() => this.#stream.write(frame));
    this.#writes = written.catch(() => {});
    return written;
  }

  async #readAll(): Promise<void> {
    const { maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES, reusedFrames = 0 } = this.#options;
    const frames = new FrameReader(this.#stream, { maxFrameBytes: maxResponseBytes, reusedFrames });
    try {
      while (!this.closed) {
        const reader = new ByteReader(await frames.next());
        const correlationId = reader.readInt32();
        const pending = this.#pending.shift();
        if (pending?.correlationId !== correlationId) {
          pending?.reject(new DecodeError("read response: not the one that was waited for"));
          throw new DecodeError(`read response: correlation id ${correlationId} was not expected`);
        }
        pending.resolve(reader);
      }
    } catch (error) {
      this.close(error);
    }
  }
}
