/** Frames that come in chunks, of which the server takes what has come of large ones straight to its place. */

import { deepEqual, equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ByteWriter } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import { Prng } from "../../../src/core/prng.ts";
import { denoPlatform } from "../../../src/platform/adapters/deno.ts";
import type { Connection } from "../../../src/platform/network.ts";
import { codecOf, isFlexible } from "../../../src/protocol/codec.ts";
import { requestHeader } from "../../../src/protocol/header.ts";
import { produce } from "../../../src/protocol/messages/00_produce.ts";
import { BufferPool } from "../../../src/server/buffer_pool.ts";
import { ServerConnection } from "../../../src/server/connection.ts";
import { handler, NO_RESPONSE, Registry } from "../../../src/server/registry.ts";
import { ServerStats } from "../../../src/server/stats.ts";

function produceFrame(correlationId: number, records: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.writeInt32(0);
  codecOf(requestHeader, isFlexible(produce.request, 9) ? 2 : 1).encode(writer, {
    requestApiKey: produce.key,
    requestApiVersion: 9,
    correlationId,
    clientId: "test",
  });
  codecOf(produce.request, 9).encode(writer, {
    transactionalId: null,
    acks: 0,
    timeoutMs: 1000,
    topicData: [{ name: "t", partitionData: [{ index: 0, records }] }],
  });
  writer.setInt32(0, writer.position - 4);
  return writer.toBytes();
}

/** A client that has sent `bytes`, which come in pieces of random sizes. */
function arriving(bytes: Uint8Array, prng: Prng): Connection {
  let at = 0;
  const address = { host: "test", port: 1 };
  const takes = (most: number) => {
    const from = at;
    at = Math.min(bytes.length, at + Math.max(1, prng.below(most)));
    return bytes.slice(from, at) as Uint8Array<ArrayBuffer>;
  };
  const connection: Partial<Connection> = {
    local: address,
    remote: address,
    readChunk: () => Promise.resolve(takes(prng.next() < 0.3 ? 20 : 524_288)),
    readNow(target) {
      if (prng.next() < 0.2) return 0;
      const taken = takes(target.length + 1);
      target.set(taken);
      return taken.length;
    },
    close() {},
  };
  return connection as Connection;
}

Deno.test("frames of all sizes are handled whole and in order, however they come", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const prng = new Prng(seed);
    const sent = Array.from(
      { length: 12 },
      () => prng.bytes(prng.below(prng.next() < 0.5 ? 300 : 2_000_000)),
    );
    const frames = new ByteWriter();
    sent.forEach((records, index) => frames.writeRaw(produceFrame(index, records)));
    const received: Uint8Array[] = [];
    const registry = new Registry([
      handler(produce, ({ topicData }, { correlationId }) => {
        received[correlationId] = topicData[0]!.partitionData[0]!.records!.slice();
        return NO_RESPONSE;
      }),
    ]);
    const connection = new ServerConnection(arriving(frames.toBytes(), prng), { id: 1, listener: "TEST" }, {
      registry,
      clock: denoPlatform().clock,
      logger: silentLogger,
      stats: new ServerStats(),
      buffers: new BufferPool(),
      maxRequestBytes: 10_000_000,
      maxInFlight: 8,
    });
    await connection.run();
    deepEqual(received.map((records) => records.length), sent.map((records) => records.length));
    equal(received.every((records, index) => Buffer.compare(records, sent[index]!) === 0), true);
  }
});
