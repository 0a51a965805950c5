/**
 * Hostile clients against a running broker. Invariants: the process goes on and serves everyone else; nothing that a
 * client sends makes a handler fail (that would be an error in its log, not a warning); its memory stays bounded.
 */

import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ByteReader } from "../../src/core/bytes.ts";
import { Prng } from "../../src/core/prng.ts";
import { codecOf, isFlexible } from "../../src/protocol/codec.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { requestHeader } from "../../src/protocol/header.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { listOffsets } from "../../src/protocol/messages/02_list_offsets.ts";
import { apiVersions } from "../../src/protocol/messages/18_api_versions.ts";
import { apiByKey } from "../../src/protocol/messages/index.ts";
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  LOG_OVERHEAD_BYTES,
  writeCrc,
} from "../../src/records/batch.ts";
import { type BrokerProcess, startBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { goldenExchanges } from "../harness/golden_frames.ts";
import { damagedBytes, damagedMessage } from "../harness/mutate.ts";
import { createTopic, freshTopic, offsetOf, produceTo, tryProduce } from "../harness/requests.ts";
import { encodeRequest, framed, WireClient } from "../harness/wire.ts";

const seed = Number(Deno.env.get("SLUICE_FUZZ_SEED") ?? 20260101);
const MB = 1024 * 1024;

let broker: BrokerProcess;
Deno.test.beforeAll(async () => {
  broker = await startBroker();
});
Deno.test.afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

/** A client that does its work all the while; fails the test if it is ever disturbed. */
async function whileOthersWork(attack: () => Promise<void>): Promise<void> {
  using client = await WireClient.connect(broker.address);
  const topic = freshTopic("healthy");
  await createTopic(client, topic);
  let isOver = false;
  let produced = 0;
  const working = (async () => {
    while (!isOver) {
      assert.equal(await produceTo(client, { topic }, batch([`${produced}`])), produced);
      produced++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  try {
    await attack();
  } finally {
    isOver = true;
    await working;
  }
  assert.equal(await offsetOf(client, { topic }, -1), produced);
}

/** No line of the log says that something failed which must not. */
function assertNoErrors(): void {
  const errors = broker.stderr.split("\n").filter((line) => line.includes('"level":"error"'));
  assert.deepEqual(errors.slice(0, 3), []);
}

/** Sends bytes and waits until the broker has dealt with them: it answers or closes, and everything else it ignores. */
async function attackWith(bytes: Uint8Array): Promise<void> {
  using client = await WireClient.connect(broker.address);
  await client.write(bytes).catch(() => {});
  await client.endWrites().catch(() => {});
  while (await client.readFrame() !== null) { /* Whatever it says. */ }
}

function memoryTest(name: string, limitBytes: number, attack: () => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const before = broker.residentBytes();
      let highest = before;
      const watch = setInterval(() => highest = Math.max(highest, broker.residentBytes()), 20);
      try {
        await whileOthersWork(attack);
      } finally {
        clearInterval(watch);
      }
      const grown = Math.max(highest, broker.residentBytes()) - before;
      assert.ok(
        grown < limitBytes,
        `grew by ${Math.round(grown / MB)} MB, at most ${limitBytes / MB} were wanted`,
      );
      assertNoErrors();
    },
  });
}

// First, for what other tests have left in the heap would be used again.
memoryTest("fuzz broker: a thousand idle connections", 50 * MB, async () => {
  const clients: WireClient[] = [];
  for (let count = 0; count < 1000; count++) {
    const client = await WireClient.connect(broker.address);
    await client.send(apiVersions, 3, { clientSoftwareName: "idle", clientSoftwareVersion: "1" });
    clients.push(client);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const client of clients) client.close();
});

memoryTest(`fuzz broker: random bytes and damaged frames of every API (seed ${seed})`, 200 * MB, async () => {
  const random = new Prng(seed);
  for (let round = 0; round < 50; round++) await attackWith(random.bytes(1 + random.below(2000)));
  for (const { request } of goldenExchanges()) {
    await attackWith(framed(damagedBytes(request, random)));
  }
});

/** APIs that would really stop, move or fence the broker if they were asked properly. */
const leftAlone = new Set([64, 34]);
/** JoinGroup and SyncGroup, which are answered when other members have come. */
const waitsForOthers = new Set([11, 14]);

memoryTest(`fuzz broker: well-formed requests with extreme values (seed ${seed})`, 300 * MB, async () => {
  using probe = await WireClient.connect(broker.address);
  const { apiKeys } = await probe.send(apiVersions, 3, {
    clientSoftwareName: "fuzz",
    clientSoftwareVersion: "1",
  });
  const served = new Map(apiKeys.map((one) => [one.apiKey, one]));
  const random = new Prng(seed);
  let client = await WireClient.connect(broker.address);
  let answered = 0;
  let closed = 0;
  for (const { apiKey, version, request } of goldenExchanges()) {
    const range = served.get(apiKey);
    if (
      range === undefined || version < range.minVersion || version > range.maxVersion || leftAlone.has(apiKey)
    ) continue;
    const api = apiByKey(apiKey)!;
    for (let round = 0; round < 3; round++) {
      const reader = new ByteReader(request);
      codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).decode(reader);
      const body = damagedMessage(codecOf(api.request, version).decode(reader), random, 0.15);
      // Nobody wants to wait for the long ones.
      for (const name of ["maxWaitMs", "timeoutMs"]) if (name in body) body[name] = Math.min(body[name], 50);
      let frame: Uint8Array;
      try {
        frame = encodeRequest(api, version, body as never, { correlationId: 1 });
      } catch {
        continue;
      }
      if (waitsForOthers.has(apiKey)) {
        using other = await WireClient.connect(broker.address);
        await other.write(framed(frame)).catch(() => {});
        continue;
      }
      await client.write(framed(frame)).catch(() => {});
      // As on the wire, where acks has 16 bits.
      const hasAnswer = apiKey !== 0 || (body.acks & 0xffff) !== 0;
      if (!hasAnswer) continue;
      const answer = await client.readFrame().catch((error) => {
        throw new Error(`${api.name} v${version}: ${JSON.stringify(body).slice(0, 1000)}`, { cause: error });
      });
      if (answer !== null) answered++;
      else {
        closed++;
        client.close();
        client = await WireClient.connect(broker.address);
      }
    }
  }
  client.close();
  assert.ok(answered > 500, `${answered} answered, ${closed} closed`);
});

memoryTest("fuzz broker: a hundred clients that announce 100 MB and send little", 150 * MB, async () => {
  const clients = await Promise.all(Array.from({ length: 100 }, () => WireClient.connect(broker.address)));
  const piece = new Uint8Array(64 * 1024);
  new DataView(piece.buffer).setInt32(0, 100 * MB - 100);
  for (const client of clients) await client.write(piece);
  using probe = await WireClient.connect(broker.address);
  await probe.send(apiVersions, 3, { clientSoftwareName: "fuzz", clientSoftwareVersion: "1" });
  for (const client of clients) client.close();
});

memoryTest("fuzz broker: a client that asks for much and reads nothing", 150 * MB, async () => {
  using writer = await WireClient.connect(broker.address);
  const topic = freshTopic("slow");
  await createTopic(writer, topic);
  for (let index = 0; index < 8; index++) {
    await produceTo(writer, { topic }, batch([{ value: new Uint8Array(1_000_000).fill(index) }]));
  }
  using slow = await WireClient.connect(broker.address);
  const request = framed(encodeRequest(fetch, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 8 * MB }] }],
  }));
  // 16 GB if all of it were answered. The writes end when the broker does not take them any more.
  const asking = (async () => {
    for (let count = 0; count < 2000; count++) await slow.write(request);
  })().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 1500));
  slow.close();
  await asking;
});

/** A batch of one record, as its header says, whose compressed payload is anything. */
function batchWithPayload(payload: Uint8Array, codec: number): Uint8Array {
  const head = batch([{ key: "k", value: "v" }]).subarray(0, BATCH_HEADER_BYTES);
  const bytes = new Uint8Array(BATCH_HEADER_BYTES + payload.length);
  bytes.set(head);
  bytes.set(payload, BATCH_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(BATCH_LENGTH_AT, bytes.length - LOG_OVERHEAD_BYTES);
  view.setInt16(ATTRIBUTES_AT, codec);
  writeCrc(bytes, 0);
  return bytes;
}

const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4];

/** Payloads that claim or hold far more than they are. */
function bombs(): [string, Uint8Array][] {
  const zeros = new Uint8Array(300 * MB);
  return [
    ["gzip of 300 MB", batchWithPayload(gzipSync(zeros, { level: 1 }), GZIP)],
    ["zstd of 300 MB", batchWithPayload(zstdCompressSync(zeros), ZSTD)],
    ["snappy that claims 4 GB", batchWithPayload(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0), SNAPPY)],
    [
      "LZ4 frame that claims 2^62 bytes",
      batchWithPayload(
        Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x68, 0x70, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x00, 0, 0, 0, 0),
        LZ4,
      ),
    ],
    [
      "zstd frame that claims 2^62 bytes",
      batchWithPayload(
        Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0),
        ZSTD,
      ),
    ],
    ["snappy of nothing", batchWithPayload(new Uint8Array(0), SNAPPY)],
    ["random bytes as gzip", batchWithPayload(new Prng(1).bytes(1000), GZIP)],
    ["random bytes as LZ4", batchWithPayload(new Prng(2).bytes(1000), LZ4)],
  ];
}

// One batch may hold 128 MB, and the runtime collects such buffers late; it levels off at some 450 MB.
memoryTest("fuzz broker: decompression bombs where the broker must look inside", 1000 * MB, async () => {
  using client = await WireClient.connect(broker.address);
  const compacted = freshTopic("bombs");
  await createTopic(client, compacted, {
    configs: { "cleanup.policy": "compact", "max.message.bytes": "100000000" },
  });
  const recompressed = freshTopic("bombs");
  await createTopic(client, recompressed, {
    configs: { "compression.type": "lz4", "max.message.bytes": "100000000" },
  });
  const plain = freshTopic("bombs");
  await createTopic(client, plain, { configs: { "max.message.bytes": "100000000" } });
  for (const [what, bomb] of bombs()) {
    const inCompacted = await tryProduce(client, { topic: compacted }, bomb.slice());
    assert.ok(
      [ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD].includes(inCompacted.errorCode as 2),
      what,
    );
    if ((bomb[ATTRIBUTES_AT + 1]! & 7) !== LZ4) {
      const inOther = await tryProduce(client, { topic: recompressed }, bomb.slice());
      assert.ok([ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD].includes(inOther.errorCode as 2), what);
    }
    // Where nobody looks inside it is kept, and a search by time must not fall for it.
    assert.equal((await tryProduce(client, { topic: plain }, bomb.slice())).errorCode, ErrorCode.NONE, what);
    await client.send(listOffsets, 8, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: plain, partitions: [{ partitionIndex: 0, timestamp: Date.now() - 1000 }] }],
    });
  }
});

Deno.test({
  name: "fuzz broker: nothing of all this was an error of the broker's",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await attackWith(new Uint8Array(0));
    assertNoErrors();
    const { code } = await broker.stop();
    assert.equal(code, 0);
  },
});
