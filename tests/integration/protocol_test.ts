/** The protocol itself: versions, pipelining, and what a client gets that speaks it wrongly. */

import assert from "node:assert/strict";
import { ByteWriter } from "../../src/core/bytes.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { findCoordinator } from "../../src/protocol/messages/10_find_coordinator.ts";
import { apiVersions } from "../../src/protocol/messages/18_api_versions.ts";
import { apiByKey } from "../../src/protocol/messages/index.ts";
import { sharedBroker } from "../harness/broker.ts";
import { decodeResponse, encodeRequest, framed, type WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());
const software = { clientSoftwareName: "wire-test", clientSoftwareVersion: "1.0" };

async function advertised(client: WireClient): Promise<Map<number, { min: number; max: number }>> {
  const { apiKeys } = await client.send(apiVersions, 4, software);
  return new Map(apiKeys.map((one) => [one.apiKey, { min: one.minVersion, max: one.maxVersion }]));
}

for (let version = 0; version <= 4; version++) {
  test(`api versions v${version}: lists the APIs with their ranges`, async (client) => {
    const { errorCode, apiKeys } = await client.send(apiVersions, version, software);
    assert.equal(errorCode, ErrorCode.NONE);
    const produce = apiKeys.find((one) => one.apiKey === 0)!;
    assert.deepEqual([produce.minVersion, produce.maxVersion], [0, 13]);
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      const api = apiByKey(apiKey);
      assert.ok(api, `API ${apiKey} is declared`);
      assert.ok(minVersion <= maxVersion && maxVersion <= api.request.versions.max, api.name);
    }
    assert.ok(
      !apiKeys.some((one) => one.apiKey === 22 && one.maxVersion > 5),
      "InitProducerId v6 is unstable",
    );
  });
}

test("api versions: everything that clients of a single node need is there", async (client) => {
  const served = await advertised(client);
  const needed = [0, 1, 2, 3, 10, 18, 19, 20, 21, 22, 23, 32, 33, 35, 37, 44, 60, 61, 74, 75];
  assert.deepEqual(needed.filter((key) => !served.has(key)), []);
  // Fetch 4, ListOffsets 1, CreateTopics 2: the lowest that kafkajs, kafka-python and librdkafka send.
  assert.deepEqual([served.get(1), served.get(2)?.min, served.get(19)?.min], [{ min: 4, max: 18 }, 1, 2]);
});

test("api versions: an unknown version is answered in version 0 with the versions there are (KIP-511)", async (client) => {
  const request = encodeRequest(apiVersions, 4, software, { correlationId: 77 });
  new DataView(request.buffer, request.byteOffset).setInt16(2, 99);
  await client.write(framed(request));
  const response = decodeResponse(apiVersions, 0, (await client.readFrame())!);
  assert.equal(response.errorCode, ErrorCode.UNSUPPORTED_VERSION);
  const own = response.apiKeys.find((one) => one.apiKey === 18)!;
  assert.deepEqual([own.minVersion, own.maxVersion], [0, 4]);
  // The connection goes on.
  assert.ok((await advertised(client)).size > 10);
});

test("api versions: a client that does not say what it is gets INVALID_REQUEST (KIP-511)", async (client) => {
  for (const name of ["", "bad name", "-x"]) {
    const { errorCode } = await client.send(apiVersions, 4, { ...software, clientSoftwareName: name });
    assert.equal(errorCode, ErrorCode.INVALID_REQUEST, `"${name}"`);
  }
});

test("requests: many at once are answered in their order", async (client) => {
  const sends = Array.from(
    { length: 300 },
    (_, index) =>
      index % 2 === 0
        ? client.send(metadata, 12, { topics: [], allowAutoTopicCreation: false })
        : client.send(apiVersions, 3, software),
  );
  assert.equal((await Promise.all(sends)).length, 300);
});

test("requests: bytes may arrive in any pieces", async (client) => {
  const frame = framed(encodeRequest(apiVersions, 3, software, { correlationId: 5 }));
  for (const byte of frame) {
    await client.write(Uint8Array.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(decodeResponse(apiVersions, 3, (await client.readFrame())!).errorCode, ErrorCode.NONE);
});

test("requests: a client id may be null or empty", async (client) => {
  for (const clientId of [null, "", "x".repeat(1000)]) {
    await client.write(framed(encodeRequest(apiVersions, 2, {}, { correlationId: 9, clientId })));
    assert.equal(decodeResponse(apiVersions, 2, (await client.readFrame())!).errorCode, ErrorCode.NONE);
  }
});

test("requests: unknown tagged fields are skipped (KIP-482)", async (client) => {
  const request = encodeRequest(metadata, 12, { topics: [], allowAutoTopicCreation: false }, {
    correlationId: 3,
  });
  // The body ends in its section of tagged fields, which is empty: one of tag 99 with three bytes instead.
  const extended = new Uint8Array(request.length + 5);
  extended.set(request);
  extended.set([1, 99, 3, 7, 7, 7], request.length - 1);
  await client.write(framed(extended));
  assert.equal(decodeResponse(metadata, 12, (await client.readFrame())!).brokers.length, 1);
});

/** A frame with a header of version 1 and any content. */
function rawRequest(apiKey: number, version: number, content: Uint8Array = new Uint8Array(0)): Uint8Array {
  const writer = new ByteWriter(64);
  writer.writeInt16(apiKey);
  writer.writeInt16(version);
  writer.writeInt32(1);
  writer.writeInt16(-1);
  writer.writeRaw(content);
  return framed(writer.written);
}

const wrong: [string, Uint8Array][] = [
  ["an API that there is not", rawRequest(999, 0)],
  ["a negative API key", rawRequest(-1, 0)],
  ["a version above the range", rawRequest(3, 99)],
  ["a version below the range", rawRequest(1, 3)],
  ["a negative version", rawRequest(3, -1)],
  ["an API of the controller", rawRequest(52, 0)],
  ["a body that ends too early", rawRequest(3, 1)],
  ["an array longer than the frame", rawRequest(3, 1, Uint8Array.of(0x7f, 0xff, 0xff, 0xff))],
  [
    "a negative array where null is not allowed",
    rawRequest(0, 3, Uint8Array.of(0xff, 0xff, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff)),
  ],
  ["a string longer than the frame", rawRequest(3, 1, Uint8Array.of(0, 0, 0, 1, 0x7f, 0xff))],
  ["a length of zero", Uint8Array.of(0, 0, 0, 0)],
  ["a negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
  ["a length of 2 GB", Uint8Array.of(0x7f, 0xff, 0xff, 0xff)],
  ["a frame shorter than a header", Uint8Array.of(0, 0, 0, 3, 0, 0, 0)],
  ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03)],
];

for (const [what, bytes] of wrong) {
  test(`requests: ${what} costs the connection and nothing else`, async (client, connect) => {
    await client.write(bytes);
    assert.ok(await client.isClosedByBroker());
    assert.ok((await advertised(await connect())).size > 10);
  });
}

// Apache Kafka ignores them.
if (Deno.env.get("SLUICE_TEST_BROKER") === undefined) {
  test("requests: bytes behind a request mean that it was misread, and cost the connection", async (client) => {
    await client.write(rawRequest(18, 0, Uint8Array.of(1, 2, 3)));
    assert.ok(await client.isClosedByBroker());
  });
}

for (let version = 0; version <= 6; version++) {
  test(`find coordinator v${version}: every key gets an answer`, async (client) => {
    const response = await client.send(findCoordinator, version, {
      key: "group",
      keyType: 0,
      coordinatorKeys: ["group", "other"],
    });
    const codes = version >= 4 ? response.coordinators.map((one) => one.errorCode) : [response.errorCode];
    assert.equal(codes.length, version >= 4 ? 2 : 1);
    // Apache Kafka too says COORDINATOR_NOT_AVAILABLE until its offsets topic is there.
    for (const code of codes) {
      assert.ok([ErrorCode.NONE, ErrorCode.COORDINATOR_NOT_AVAILABLE].includes(code as 0));
    }
  });
}
