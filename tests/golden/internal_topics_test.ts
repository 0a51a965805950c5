// The records that a real Kafka kept in its internal topics and snapshots (kafka_data_dir), read and written again.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ByteReader, ByteWriter } from "../../src/core/bytes.ts";
import { codecOf } from "../../src/protocol/codec.ts";
import type { Message } from "../../src/protocol/schema.ts";
import { declaredMessages } from "./declared_messages.ts";
import { assertMatchesKafkaJson, type Json } from "./kafka_json.ts";

/** A record as Kafka read it; key and value are base64, `decoded` is what the record means. */
interface GoldenRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly decoded?: {
    readonly type: string;
    readonly key?: Json;
    readonly valueVersion?: number;
    readonly value?: Json;
    readonly data?: Json;
    readonly coordinatorEpoch?: number;
  };
}

interface GoldenFile {
  readonly file: string;
  readonly batches?: readonly { readonly control: boolean; readonly records: readonly GoldenRecord[] }[];
  readonly producers?: Json;
}

const lines = (await Deno.readTextFile(new URL("kafka_data_dir.jsonl", import.meta.url))).trim().split("\n");
const files: GoldenFile[] = lines.map((line) => JSON.parse(line));
const declared = await declaredMessages();

/** Reads what follows a big-endian int16, compares it with Kafka's reading and checks that it is written the same. */
function checkPrefixed(
  bytes: Uint8Array,
  name: string,
  expected: Json,
  version: number | "from prefix",
): void {
  const message = declared.get(name);
  assert(message, `${name} is not declared`);
  const prefix = new ByteReader(bytes).readInt16();
  check(bytes.subarray(2), message, version === "from prefix" ? prefix : version, expected);
}

function check(bytes: Uint8Array, message: Message, version: number, expected: Json): void {
  const reader = new ByteReader(bytes);
  const decoded = codecOf(message, version).decode(reader);
  assert.equal(reader.remaining, 0, `${message.name}: bytes left over`);
  assertMatchesKafkaJson(message.fields, expected, decoded, message.name);
  const writer = new ByteWriter();
  codecOf(message, version).encode(writer, decoded as never);
  assert.equal(Buffer.from(writer.written).toString("hex"), Buffer.from(bytes).toString("hex"), message.name);
}

function recordsOf(prefix: string, control: boolean): GoldenRecord[] {
  return files.filter((one) => one.file.startsWith(prefix))
    .flatMap((one) => one.batches ?? [])
    .filter((batch) => batch.control === control)
    .flatMap((batch) => batch.records);
}

for (const topic of ["__consumer_offsets-0", "__transaction_state-0"]) {
  Deno.test(`golden: every key and value of ${topic} is read and written as Kafka does`, () => {
    const records = recordsOf(topic, false);
    assert(records.length > 10);
    for (const { key, value, decoded } of records) {
      const { type } = decoded!;
      // The prefix of a key says which record it is; its layout has one version only.
      checkPrefixed(Buffer.from(key!, "base64"), type, decoded!.key!, declared.get(type)!.versions.min);
      if (value === null) continue;
      checkPrefixed(
        Buffer.from(value, "base64"),
        type.replace(/Key$/, "Value"),
        decoded!.value!,
        "from prefix",
      );
    }
  });
}

Deno.test("golden: control records of transactions and of the metadata log are read and written as Kafka does", () => {
  const names: Record<string, string> = {
    LEADER_CHANGE: "LeaderChangeMessage",
    SNAPSHOT_HEADER: "SnapshotHeaderRecord",
    SNAPSHOT_FOOTER: "SnapshotFooterRecord",
    KRAFT_VERSION: "KRaftVersionRecord",
    KRAFT_VOTERS: "VotersRecord",
  };
  const seen = new Set<string>();
  for (const { value, decoded } of recordsOf("", true)) {
    const bytes = Buffer.from(value!, "base64");
    seen.add(decoded!.type);
    const name = names[decoded!.type];
    if (name === undefined) {
      checkPrefixed(bytes, "EndTxnMarker", { coordinatorEpoch: decoded!.coordinatorEpoch! }, "from prefix");
    } else {
      // These begin with a version field of their own, which is also the version of the layout.
      check(bytes, declared.get(name)!, new ByteReader(bytes).readInt16(), decoded!.data!);
    }
  }
  assert.deepEqual([...seen].sort(), ["ABORT", "COMMIT", ...Object.keys(names)].sort());
});

Deno.test("golden: producer snapshots are read and written as Kafka does", () => {
  const snapshots = files.filter((one) => one.file.endsWith(".snapshot"));
  assert(snapshots.length > 10);
  for (const { file, producers } of snapshots) {
    const bytes = Deno.readFileSync(new URL(`kafka_data_dir/${file}`, import.meta.url));
    checkPrefixed(bytes, "ProducerSnapshot", producers!, "from prefix");
  }
});
