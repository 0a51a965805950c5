/** The wire protocol by hand: any request at any version, frames of any bytes, and what comes back. */

import { ByteReader, ByteWriter } from "../../src/core/bytes.ts";
import type { Address } from "../../src/platform/network.ts";
import { codecOf, isFlexible } from "../../src/protocol/codec.ts";
import { requestHeader } from "../../src/protocol/header.ts";
import { apiVersions } from "../../src/protocol/messages/18_api_versions.ts";
import type { Api, Decoded, Encodable } from "../../src/protocol/schema.ts";

/** How long to wait for any answer, in milliseconds: far more than one takes. */
const PATIENCE_MS = 30_000;

/** The bytes of a request without the frame's length. */
export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  request: Encodable<A["request"]>,
  header: { readonly correlationId: number; readonly clientId?: string | null } = { correlationId: 1 },
): Uint8Array {
  const writer = new ByteWriter(512);
  codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).encode(writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: header.correlationId,
    clientId: header.clientId === undefined ? "wire-test" : header.clientId,
  });
  codecOf(api.request, version).encode(writer, request as never);
  return writer.written;
}

/** The body of a response frame; every byte of it must be used. */
export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  frame: Uint8Array,
): Decoded<A["response"]> {
  const reader = new ByteReader(frame);
  reader.readInt32();
  if (isFlexible(api.response, version) && api.key !== apiVersions.key) reader.skipTaggedFields();
  const body = codecOf(api.response, version).decode(reader);
  if (reader.remaining > 0) {
    throw new Error(`${api.name} v${version}: ${reader.remaining} bytes follow the response`);
  }
  return body as Decoded<A["response"]>;
}

/** Content behind its length, as on the wire. */
export function framed(content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + content.length);
  new DataView(frame.buffer).setInt32(0, content.length);
  frame.set(content, 4);
  return frame;
}

/** One connection. Requests may be pipelined: each `send` waits for the response of its turn. */
export class WireClient implements Disposable {
  readonly #conn: Deno.TcpConn;
  #turn: Promise<unknown> = Promise.resolve();
  #written: Promise<void> = Promise.resolve();
  #correlationId = 0;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect({ host, port }: Address): Promise<WireClient> {
    const conn = await Deno.connect({ hostname: host, port });
    conn.setNoDelay(true);
    return new WireClient(conn);
  }

  /** Sends a request and resolves with its response. */
  async send<A extends Api>(
    api: A,
    version: number,
    request: Encodable<A["request"]>,
  ): Promise<Decoded<A["response"]>> {
    const correlationId = ++this.#correlationId;
    const response = this.#next(correlationId);
    await this.write(framed(encodeRequest(api, version, request, { correlationId })));
    return decodeResponse(api, version, await response);
  }

  /** Sends a request that has no response. */
  async sendOnly<A extends Api>(api: A, version: number, request: Encodable<A["request"]>): Promise<void> {
    const correlationId = ++this.#correlationId;
    await this.write(framed(encodeRequest(api, version, request, { correlationId })));
  }

  /** Writes bytes as they are, after what was written before. */
  write(bytes: Uint8Array): Promise<void> {
    const written = this.#written.then(async () => {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    });
    this.#written = written.catch(() => {});
    return written;
  }

  /** The content of the next frame; null when the broker closed the connection instead. */
  async readFrame(): Promise<Uint8Array | null> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.close();
    }, PATIENCE_MS);
    try {
      const length = await this.#readExactly(4);
      const frame = length && await this.#readExactly(new DataView(length.buffer).getInt32(0));
      if (isLate) throw new Error(`the broker said nothing for ${PATIENCE_MS} ms`);
      return frame;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the broker closes the connection without another word. */
  async isClosedByBroker(): Promise<boolean> {
    return await this.readFrame() === null;
  }

  /** Tells the broker that nothing more is coming; answers can still be read. */
  async endWrites(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It is closed.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #next(correlationId: number): Promise<Uint8Array> {
    const response = this.#turn.then(async () => {
      const frame = await this.readFrame();
      if (frame === null) throw new Error("the broker closed the connection");
      const got = new DataView(frame.buffer).getInt32(0);
      if (got !== correlationId) throw new Error(`response ${got} came in the turn of ${correlationId}`);
      return frame;
    });
    this.#turn = response.catch(() => {});
    response.catch(() => {});
    return response;
  }

  async #readExactly(length: number): Promise<Uint8Array<ArrayBuffer> | null> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const count = await this.#conn.read(bytes.subarray(filled)).catch(() => null);
      if (count === null) return null;
      filled += count;
    }
    return bytes;
  }
}
