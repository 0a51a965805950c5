// Bytes that Kafka 4.3.0's generated classes wrote (scripts/golden), read and written again by our codec.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ByteReader, ByteWriter } from "../../src/core/bytes.ts";
import { codecOf } from "../../src/protocol/codec.ts";
import { apis } from "../../src/protocol/messages/index.ts";
import type { Message } from "../../src/protocol/schema.ts";
import { declaredMessages } from "./declared_messages.ts";
import { assertMatchesKafkaJson, fromKafkaJson, type Json } from "./kafka_json.ts";

interface Golden {
  readonly version: number;
  readonly variant: "defaults" | "filled" | "nulls";
  readonly value: Json;
  readonly hex: string;
}

const folder = new URL("messages/", import.meta.url);
const declared = await declaredMessages();
const captured = [...Deno.readDirSync(folder)].map((entry) => entry.name.replace(".jsonl", "")).sort();

async function goldens(name: string): Promise<Golden[]> {
  const text = await Deno.readTextFile(new URL(`${name}.jsonl`, folder));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

function decode(message: Message, golden: Golden): unknown {
  const reader = new ByteReader(Buffer.from(golden.hex, "hex"));
  const decoded = codecOf(message, golden.version).decode(reader);
  assert.equal(reader.remaining, 0, "bytes left over");
  return decoded;
}

function encode(message: Message, version: number, value: unknown): string {
  const writer = new ByteWriter();
  codecOf(message, version).encode(writer, value as never);
  return Buffer.from(writer.written).toString("hex");
}

for (const name of captured) {
  Deno.test(`golden: ${name} is read and written as Kafka does, at every version`, async () => {
    const message = declared.get(name);
    assert(message, `${name} is not declared`);
    for (const golden of await goldens(name)) {
      const where = `${name} v${golden.version} ${golden.variant}`;
      const decoded = decode(message, golden);
      assertMatchesKafkaJson(message.fields, golden.value, decoded, where);
      assert.equal(
        encode(message, golden.version, decoded),
        golden.hex,
        `${where}: decoded and encoded again`,
      );
      const given = fromKafkaJson(message.fields, golden.value);
      if (given !== null) {
        assert.equal(encode(message, golden.version, given), golden.hex, `${where}: encoded`);
      }
    }
  });
}

Deno.test("golden: every API has a capture of its request and its response at every declared version", async () => {
  assert(apis.length > 0);
  for (const api of apis) {
    for (const message of [api.request, api.response]) {
      const versions = new Set((await goldens(message.name)).map((golden) => golden.version));
      for (let version = message.versions.min; version <= message.versions.max; version++) {
        assert(versions.has(version), `${message.name} v${version}`);
      }
    }
  }
});

Deno.test("golden: the APIs of a single node and of consumer groups are declared", () => {
  const names = new Set(apis.map((api) => api.name));
  const wanted = [
    ...["Produce", "Fetch", "ListOffsets", "Metadata", "ApiVersions", "CreateTopics", "DeleteTopics"],
    ...["CreatePartitions", "DeleteRecords", "InitProducerId", "OffsetForLeaderEpoch", "DescribeConfigs"],
    ...["AlterConfigs", "IncrementalAlterConfigs", "DescribeLogDirs", "DescribeCluster", "FindCoordinator"],
    ...["DescribeTopicPartitions", "DescribeProducers", "ListConfigResources", "JoinGroup", "SyncGroup"],
    ...["Heartbeat", "LeaveGroup", "OffsetCommit", "OffsetFetch", "OffsetDelete", "ListGroups"],
    ...["DescribeGroups", "DeleteGroups"],
  ];
  assert.deepEqual(wanted.filter((name) => !names.has(name)), []);
});
