/** From the bytes of one frame to the call of its handler, and from the handler's result to the response's bytes. */

import { ByteReader, type ByteWriter } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import { type Codec, codecOf, isFlexible } from "../protocol/codec.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { requestHeader } from "../protocol/header.ts";
import { apiVersions } from "../protocol/messages/18_api_versions.ts";
import type { Message } from "../protocol/schema.ts";
import { inRange } from "../protocol/versions.ts";
import type { ConnectionInfo, Handler, Registry, RequestContext } from "./registry.ts";

/** A request whose header has been read and whose handler has been called. */
export interface Dispatched {
  readonly handler: Handler;
  /** The version the response is encoded in. */
  readonly version: number;
  readonly correlationId: number;
  readonly result: unknown;
}

/** The part of a request that every later step needs. */
interface FrameHead {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
}

/** Reads the fixed front of a frame, which is the same in every header version. */
function readHead(reader: ByteReader): FrameHead {
  const head = {
    apiKey: reader.readInt16(),
    apiVersion: reader.readInt16(),
    correlationId: reader.readInt32(),
  };
  reader.position -= 8;
  return head;
}

/**
 * Reads the request in `bytes[from, to)` and calls its handler. Throws `DecodeError` when the bytes are no request
 * this server answers, which costs the client its connection, as it does with Kafka.
 */
export function dispatch(
  registry: Registry,
  frame: { readonly bytes: Uint8Array; readonly from: number; readonly to: number },
  origin: { readonly connection: ConnectionInfo; readonly receivedMs: number },
): Dispatched {
  const reader = new ByteReader(frame.bytes, frame.from, frame.to);
  const head = readHead(reader);
  const handler = registry.get(head.apiKey);
  if (handler === undefined) throw new DecodeError(`read request: API key ${head.apiKey} is not served here`);
  if (!inRange(head.apiVersion, handler.versions)) return refuseVersion(handler, head);
  const { request } = handler.api;
  const header = codecOf(requestHeader, isFlexible(request, head.apiVersion) ? 2 : 1).decode(reader);
  const body = codecOf(request, head.apiVersion).decode(reader);
  if (reader.remaining > 0) {
    throw new DecodeError(
      `read ${handler.api.name} v${head.apiVersion}: ${reader.remaining} bytes remain after the request`,
    );
  }
  const context: RequestContext = {
    apiVersion: head.apiVersion,
    correlationId: head.correlationId,
    clientId: header.clientId,
    connection: origin.connection,
    receivedMs: origin.receivedMs,
  };
  return {
    handler,
    version: head.apiVersion,
    correlationId: head.correlationId,
    result: handler.handle(body, context),
  };
}

/** ApiVersions at an unknown version is answered at version 0 with what is known (KIP-511); all else is refused. */
function refuseVersion(handler: Handler, head: FrameHead): Dispatched {
  if (handler.api.key !== apiVersions.key) {
    throw new DecodeError(
      `read request: ${handler.api.name} v${head.apiVersion} is not served; ` +
        `wanted ${handler.versions.min} to ${handler.versions.max}`,
    );
  }
  const result = {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{
      apiKey: apiVersions.key,
      minVersion: handler.versions.min,
      maxVersion: handler.versions.max,
    }],
  };
  return { handler, version: 0, correlationId: head.correlationId, result };
}

/** Appends the response as a frame: length, header, body. */
export function encodeResponse(
  writer: ByteWriter,
  dispatched: Omit<Dispatched, "result">,
  body: unknown,
): void {
  const { handler, version, correlationId } = dispatched;
  const { response } = handler.api;
  const start = writer.position;
  const startLength = writer.length;
  writer.writeInt32(0);
  writer.writeInt32(correlationId);
  // A flexible header ends in tagged fields; ApiVersions keeps header v0, so that any client can read it.
  if (isFlexible(response, version) && handler.api.key !== apiVersions.key) writer.writeUvarint(0);
  (codecOf(response, version) as unknown as Codec<Message>).encode(writer, body as never);
  writer.setInt32(start, writer.length - startLength - 4);
}
