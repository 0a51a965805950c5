/** The server as a client sees it: framing, order, limits, back-pressure, refusal and drain, over memory. */

import assert from "node:assert/strict";
import { ByteReader, ByteWriter } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import { MemoryNetwork } from "../../../src/platform/memory_network.ts";
import type { Connection } from "../../../src/platform/network.ts";
import { denoPlatform } from "../../../src/platform/adapters/deno.ts";
import { codecOf, isFlexible } from "../../../src/protocol/codec.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { requestHeader } from "../../../src/protocol/header.ts";
import { apiVersions } from "../../../src/protocol/messages/18_api_versions.ts";
import { listGroups } from "../../../src/protocol/messages/16_list_groups.ts";
import { heartbeat } from "../../../src/protocol/messages/12_heartbeat.ts";
import type { Api } from "../../../src/protocol/schema.ts";
import { registryWithApiVersions } from "../../../src/server/api_versions.ts";
import { type Handler, handler, NO_RESPONSE } from "../../../src/server/registry.ts";
import { Server, type ServerLimits } from "../../../src/server/server.ts";

const platform = denoPlatform();
const noFeatures = () => ({ supported: [], finalized: new Map<string, number>(), finalizedEpoch: -1 });

const limits: ServerLimits = {
  maxRequestBytes: 100_000,
  maxConnections: 100,
  maxConnectionsPerIp: 100,
  maxIdleMs: 600_000,
  maxInFlight: 8,
};

async function withServer(
  handlers: readonly Handler[],
  task: (connect: () => Promise<Connection>, server: Server) => Promise<void>,
  changed: Partial<ServerLimits> = {},
): Promise<void> {
  const network = new MemoryNetwork();
  const server = new Server({
    network,
    clock: platform.clock,
    timers: platform.timers,
    logger: silentLogger,
    limits: { ...limits, ...changed },
  });
  const address = server.bind("TEST", { host: "memory", port: 0 });
  server.serve("TEST", registryWithApiVersions(handlers, noFeatures));
  try {
    await task(() => network.connect(address), server);
  } finally {
    await server.stop(0);
  }
}

function frame(api: Api, version: number, correlationId: number, body: unknown): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.writeInt32(0);
  codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).encode(writer, {
    requestApiKey: api.key,
    requestApiVersion: version,
    correlationId,
    clientId: "test",
  });
  codecOf(api.request, version).encode(writer, body as never);
  writer.setInt32(0, writer.position - 4);
  return writer.toBytes();
}

/** Reads `count` response frames; fewer when the connection ends. */
async function responses(connection: Connection, count: number): Promise<ByteReader[]> {
  const found: ByteReader[] = [];
  let held = new Uint8Array(0);
  const space = new Uint8Array(4096);
  while (found.length < count) {
    const length = await connection.read(space);
    if (length === 0) break;
    held = new Uint8Array([...held, ...space.subarray(0, length)]);
    while (held.length >= 4) {
      const size = new DataView(held.buffer).getInt32(0);
      if (held.length < 4 + size) break;
      found.push(new ByteReader(held.slice(4, 4 + size)));
      held = held.slice(4 + size);
    }
  }
  return found;
}

const heartbeatBody = { groupId: "g", generationId: 1, memberId: "m" };

Deno.test("answers are in the order of the requests, whatever the handlers do", async () => {
  const finish: (() => void)[] = [];
  const slowThenFast = handler(heartbeat, (request) => {
    if (request.generationId === 0) return { errorCode: 0 };
    return new Promise((resolve) => finish.push(() => resolve({ errorCode: request.generationId })));
  });
  await withServer([slowThenFast], async (connect) => {
    const connection = await connect();
    const sent = [2, 1, 0].map((generationId, index) =>
      frame(heartbeat, 4, index, { ...heartbeatBody, generationId })
    );
    for (const one of sent) await connection.write(one);
    while (finish.length < 2) await platform.timers.sleep(1);
    finish[1]!();
    finish[0]!();
    const readers = await responses(connection, 3);
    assert.deepEqual(readers.map((reader) => reader.readInt32()), [0, 1, 2]);
    connection.close();
  });
});

Deno.test("requests that arrive byte by byte, and many in one piece, are all answered", async () => {
  const echo = handler(heartbeat, (request) => ({ errorCode: request.generationId }));
  await withServer([echo], async (connect) => {
    const connection = await connect();
    const one = frame(heartbeat, 0, 7, { ...heartbeatBody, generationId: 3 });
    for (const byte of one) await connection.write(new Uint8Array([byte]));
    const many = Array.from({ length: 50 }, (_, index) => frame(heartbeat, 4, index, heartbeatBody));
    const piece = new Uint8Array(many.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of many) {
      piece.set(part, at);
      at += part.length;
    }
    await connection.write(piece);
    const [first, ...rest] = await responses(connection, 51);
    assert.equal(first!.readInt32(), 7);
    assert.deepEqual(rest.map((reader) => reader.readInt32()), many.map((_, index) => index));
    connection.close();
  });
});

Deno.test("a client that does not read is not read from: at most maxInFlight requests are handled", async () => {
  let handled = 0;
  const count = handler(listGroups, () => {
    handled++;
    const groups = Array.from(
      { length: 2000 },
      (_, index) => ({ groupId: `group-${index}`, protocolType: "consumer" }),
    );
    return { errorCode: 0, groups };
  });
  await withServer([count], async (connect) => {
    const connection = await connect();
    const sending = (async () => {
      for (let index = 0; index < 100; index++) await connection.write(frame(listGroups, 2, index, {}));
    })();
    await platform.timers.sleep(50);
    assert.ok(handled < 60, `handled ${handled} of 100 requests although nothing was read`);
    const readers = await responses(connection, 100);
    await sending;
    assert.equal(readers.length, 100);
    assert.equal(handled, 100);
    connection.close();
  });
});

Deno.test("a broken request ends its own connection and no other (protocol errors)", async () => {
  const echo = handler(heartbeat, () => ({ errorCode: 0 }));
  const int32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const broken: Record<string, Uint8Array> = {
    "a negative length": new Uint8Array(int32(-1)),
    "a length above the limit": new Uint8Array(int32(100_001)),
    "a length below a header": new Uint8Array([...int32(4), 0, 0, 0, 0]),
    "an unknown API key": new Uint8Array([...int32(8), 0x7f, 0xff, 0, 0, 0, 0, 0, 1]),
    "a version that is not served": new Uint8Array([...int32(8), 0, 12, 0, 99, 0, 0, 0, 1]),
    "a truncated body": new Uint8Array([...int32(12), 0, 12, 0, 0, 0, 0, 0, 1, 0, 1, 65, 0]),
    "bytes behind the body": (() => {
      const good = frame(heartbeat, 0, 1, heartbeatBody);
      return new Uint8Array([...int32(good.length - 4 + 1), ...good.subarray(4), 0]);
    })(),
  };
  await withServer([echo], async (connect, server) => {
    const bystander = await connect();
    for (const [name, bytes] of Object.entries(broken)) {
      const connection = await connect();
      await connection.write(bytes);
      assert.equal((await responses(connection, 1)).length, 0, `${name} must not be answered`);
    }
    assert.equal(server.stats.protocolErrors, Object.keys(broken).length);
    await bystander.write(frame(heartbeat, 4, 5, heartbeatBody));
    assert.equal((await responses(bystander, 1))[0]!.readInt32(), 5);
    bystander.close();
  });
});

Deno.test("ApiVersions: an unknown version gets a v0 answer with error 35 and the versions served (KIP-511)", async () => {
  await withServer([], async (connect) => {
    const connection = await connect();
    const writer = new ByteWriter();
    writer.writeInt32(8);
    writer.writeInt16(18);
    writer.writeInt16(99);
    writer.writeInt32(42);
    await connection.write(writer.toBytes());
    const [reader] = await responses(connection, 1);
    assert.equal(reader!.readInt32(), 42);
    const answer = codecOf(apiVersions.response, 0).decode(reader!);
    assert.equal(answer.errorCode, ErrorCode.UNSUPPORTED_VERSION);
    assert.deepEqual(answer.apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 4 }]);
    assert.equal(reader!.remaining, 0);
    connection.close();
  });
});

Deno.test("ApiVersions lists what is registered, and has header v0 even when flexible", async () => {
  const echo = handler(heartbeat, () => ({ errorCode: 0 }), {
    versions: { min: 1, max: 3 },
    advertisedMin: 0,
  });
  await withServer([echo], async (connect) => {
    const connection = await connect();
    const software = { clientSoftwareName: "test", clientSoftwareVersion: "1.0" };
    await connection.write(frame(apiVersions, 4, 9, software));
    await connection.write(frame(apiVersions, 3, 10, { ...software, clientSoftwareName: "-bad-" }));
    const [good, bad] = await responses(connection, 2);
    assert.equal(good!.readInt32(), 9);
    assert.deepEqual(codecOf(apiVersions.response, 4).decode(good!).apiKeys, [
      { apiKey: 12, minVersion: 0, maxVersion: 3 },
      { apiKey: 18, minVersion: 0, maxVersion: 4 },
    ]);
    bad!.readInt32();
    assert.equal(codecOf(apiVersions.response, 3).decode(bad!).errorCode, ErrorCode.INVALID_REQUEST);
    connection.close();
  });
});

Deno.test("a request without an answer leaves the order of the others alone (Produce with acks=0)", async () => {
  const silentAtOne = handler(
    heartbeat,
    (request) => request.generationId === 1 ? NO_RESPONSE : { errorCode: 0 },
  );
  await withServer([silentAtOne], async (connect) => {
    const connection = await connect();
    for (const generationId of [0, 1, 2]) {
      await connection.write(frame(heartbeat, 4, generationId, { ...heartbeatBody, generationId }));
    }
    assert.deepEqual((await responses(connection, 2)).map((reader) => reader.readInt32()), [0, 2]);
    connection.close();
  });
});

Deno.test("connections above max.connections are refused, and idle ones are closed in time", async () => {
  await withServer([], async (connect, server) => {
    const first = await connect();
    const second = await connect();
    const third = await connect();
    assert.equal((await responses(third, 1)).length, 0);
    assert.equal(server.stats.connectionsRefused, 1);
    assert.equal((await responses(first, 1)).length, 0);
    assert.equal((await responses(second, 1)).length, 0);
  }, { maxConnections: 2, maxIdleMs: 150 });
});

Deno.test("stopping answers what was received before it closes", async () => {
  let finish: (() => void) | undefined;
  const slow = handler(heartbeat, () => new Promise((resolve) => finish = () => resolve({ errorCode: 0 })));
  await withServer([slow], async (connect, server) => {
    const connection = await connect();
    await connection.write(frame(heartbeat, 4, 1, heartbeatBody));
    while (finish === undefined) await platform.timers.sleep(1);
    const stopped = server.stop(10_000);
    finish();
    assert.equal((await responses(connection, 1))[0]!.readInt32(), 1);
    await stopped;
    assert.equal(server.stats.connectionsOpen, 0);
  });
});

Deno.test("a connection that was being accepted when the server stopped is not served", async () => {
  let calls = 0;
  const counting = handler(heartbeat, () => {
    calls++;
    return { errorCode: 0 };
  });
  await withServer([counting], async (connect, server) => {
    const connecting = connect();
    await server.stop(10_000);
    const connection = await connecting;
    const sent = connection.write(frame(heartbeat, 4, 1, heartbeatBody)).catch(() => {});
    assert.equal((await responses(connection, 1)).length, 0);
    await sent;
    assert.deepEqual([calls, server.stats.connectionsOpen], [0, 0]);
  });
});

Deno.test("a handler that fails ends its connection, and the server goes on", async () => {
  const failing = handler(heartbeat, (request) => {
    if (request.generationId === 1) throw new Error("broken on purpose");
    return Promise.reject(new Error("broken later, on purpose"));
  });
  await withServer([failing], async (connect) => {
    for (const generationId of [1, 2]) {
      const connection = await connect();
      await connection.write(frame(heartbeat, 4, 1, { ...heartbeatBody, generationId }));
      assert.equal((await responses(connection, 1)).length, 0);
    }
    const connection = await connect();
    await connection.write(frame(apiVersions, 0, 3, {}));
    assert.equal((await responses(connection, 1))[0]!.readInt32(), 3);
    connection.close();
  });
});

Deno.test("a client that does not read its answer is closed when it has been idle too long", async () => {
  const large = handler(listGroups, () => {
    const groups = Array.from({ length: 20_000 }, (_, index) => ({
      groupId: `group-${index}`,
      protocolType: "consumer",
    }));
    return { errorCode: 0, groups };
  });
  await withServer([large], async (connect, server) => {
    const connection = await connect();
    await connection.write(frame(listGroups, 2, 1, {}));
    for (let waited = 0; waited < 200 && server.stats.connectionsOpen > 0; waited++) {
      await platform.timers.sleep(20);
    }
    assert.equal(server.stats.connectionsOpen, 0);
    connection.close();
  }, { maxIdleMs: 150 });
});
