/**
 * A load generator that costs little itself: it sends frames that were encoded beforehand, keeps a number of them
 * under way on each connection, and counts the answers. It speaks to the broker and to the bare server alike.
 */

import { ByteWriter } from "../../src/core/bytes.ts";
import { codecOf, isFlexible } from "../../src/protocol/codec.ts";
import { requestHeader } from "../../src/protocol/header.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { produce } from "../../src/protocol/messages/00_produce.ts";
import type { Api } from "../../src/protocol/schema.ts";
import { BatchBuilder } from "../../src/records/batch_builder.ts";

/** What to send and for how long. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  /** Frames under way on each connection. */
  readonly pipelined: number;
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly seconds: number;
}

/** What came of it. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A whole request as it goes over the wire. */
export function requestFrame(api: Api, version: number, body: unknown): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.writeInt32(0);
  codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).encode(writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId: 7,
    clientId: "bench",
  });
  codecOf(api.request, version).encode(writer, body as never);
  writer.setInt32(0, writer.position - 4);
  return writer.toBytes();
}

/** A Produce request with one batch of `count` records of `size` bytes. */
export function produceFrame(
  topic: string,
  batch: { count: number; size: number },
  acks = 1,
): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder({});
  const value = crypto.getRandomValues(new Uint8Array(batch.size));
  for (let index = 0; index < batch.count; index++) {
    builder.append({ timestamp: Date.now(), key: null, value, headers: [] });
  }
  return requestFrame(produce, 9, {
    transactionalId: null,
    acks,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: builder.build() }] }],
  });
}

/** A Fetch request for about `maxBytes` of partition 0, from its start unless `fetchOffset` says otherwise. */
export function fetchFrame(topic: string, maxBytes: number, fetchOffset = 0): Uint8Array<ArrayBuffer> {
  return requestFrame(fetch, 12, {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: maxBytes }] }],
  });
}

const LARGE_READ_BYTES = 1024 * 1024;
/** With many connections: what a thousand of them hold must not be what is measured. */
const SMALL_READ_BYTES = 16 * 1024;
const MANY = 10;

/** Kafka's queue of connections that it has not accepted has room for 50: what is too much waits for seconds. */
const CONNECTED_AT_ONCE = 20;
const ACCEPTING_MS = 10;

/** Sends the load, once all connections are there, and waits for its end. */
export async function run(load: Load): Promise<LoadResult> {
  const connections: Deno.TcpConn[] = [];
  while (connections.length < load.connections) {
    const count = Math.min(CONNECTED_AT_ONCE, load.connections - connections.length);
    const connect = () => Deno.connect({ hostname: "127.0.0.1", port: load.port });
    connections.push(...await Promise.all(Array.from({ length: count }, connect)));
    if (connections.length < load.connections) {
      await new Promise((resolve) => setTimeout(resolve, ACCEPTING_MS));
    }
  }
  const endMs = performance.now() + load.seconds * 1000;
  const latencies: number[] = [];
  const totals = await Promise.all(
    connections.map((connection) => runConnection(connection, load, { endMs, latencies })),
  );
  const requests = totals.reduce((sum, one) => sum + one.requests, 0);
  const bytes = totals.reduce((sum, one) => sum + one.bytes, 0);
  latencies.sort((a, b) => a - b);
  const at = (part: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
  return {
    requestsPerSecond: requests / load.seconds,
    megabytesPerSecond: bytes / load.seconds / 1e6,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

async function runConnection(
  connection: Deno.TcpConn,
  { connections, pipelined, frame }: Load,
  { endMs, latencies }: { readonly endMs: number; readonly latencies: number[] },
): Promise<{ requests: number; bytes: number }> {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(connections >= MANY ? SMALL_READ_BYTES : LARGE_READ_BYTES);
  const sentAt: number[] = [];
  let requests = 0;
  let bytes = 0;
  let sending = Promise.resolve();
  const send = () => {
    sentAt.push(performance.now());
    sending = sending.then(async () => {
      for (let sent = 0; sent < frame.length;) sent += await connection.write(frame.subarray(sent));
    });
  };
  for (let index = 0; index < pipelined; index++) send();
  const header = new DataView(new ArrayBuffer(4));
  let headerBytes = 0;
  let left = 0;
  while (sentAt.length > 0) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("the server closed the connection");
    for (let at = 0; at < count;) {
      if (left === 0) {
        header.setUint8(headerBytes++, buffer[at++]!);
        if (headerBytes < 4) continue;
        headerBytes = 0;
        left = header.getInt32(0);
        continue;
      }
      const step = Math.min(left, count - at);
      at += step;
      left -= step;
      bytes += step;
      if (left > 0) continue;
      const now = performance.now();
      latencies.push(now - sentAt.shift()!);
      requests++;
      bytes += frame.length;
      if (now < endMs) send();
    }
  }
  await sending;
  connection.close();
  return { requests, bytes };
}
