/** `sluice consume`: from records to text. */

import assert from "node:assert/strict";
import { recordPrinter } from "../../../src/cli/consume/format.ts";
import { parseEscapes } from "../../../src/cli/escapes.ts";
import { main } from "../../../src/cli/main.ts";
import { absolutePosition, parsePosition } from "../../../src/cli/position.ts";
import { jsonRecord } from "../../../src/cli/produce/json_record.ts";
import { ByteWriter, encodeUtf8 } from "../../../src/core/bytes.ts";
import { UsageError } from "../../../src/core/errors.ts";
import { BatchBuilder } from "../../../src/records/batch_builder.ts";
import { endOffsetOf, FakeCluster } from "../client/fake_cluster.ts";
import { FakeProcess, platformWith, type Ran } from "./fake_process.ts";

const record = {
  offset: 42,
  timestamp: 1767225600000,
  key: encodeUtf8("k"),
  value: encodeUtf8("v\u00e9"),
  headers: [{ key: "a", value: encodeUtf8("1") }, { key: "b", value: null }],
};

function printed(format: string, more: Partial<typeof record> | { key: null; value: null } = {}): string {
  const output = new ByteWriter();
  const print = recordPrinter({ format, nullMarker: "NIL" });
  print(output, { ...record, ...more }, { topic: "t", partition: 3 });
  return new TextDecoder().decode(output.written);
}

Deno.test("a template prints each placeholder and escape, and a line break at the end", () => {
  assert.equal(printed("%v"), "v\u00e9\n");
  assert.equal(printed("%t-%p@%o %k=%v"), "t-3@42 k=v\u00e9\n");
  assert.equal(printed("%T\\t%h"), "1767225600000\ta=1,b=NIL\n");
  assert.equal(printed("100%%"), "100%\n");
  assert.equal(printed("\\x41\\\\n"), "A\\n\n");
  assert.equal(printed(""), "\n");
});

Deno.test("a template that ends with \\n or \\0 gets no further line break", () => {
  assert.equal(printed("%v\\n"), "v\u00e9\n");
  assert.equal(printed("%v\\0"), "v\u00e9\0");
  assert.equal(printed("%v\n"), "v\u00e9\n");
});

Deno.test("null is printed as the marker", () => {
  assert.equal(printed("%k=%v", { key: null, value: null }), "NIL=NIL\n");
});

Deno.test("placeholders that do not exist are refused", () => {
  for (const format of ["%x", "%", "a%"]) assert.throws(() => printed(format), UsageError, format);
});

Deno.test("what consume prints as JSON, produce reads as the same record", () => {
  for (
    const bytes of [encodeUtf8(`"\u2028\u{1F600}\n`), Uint8Array.of(0, 255, 128), encodeUtf8("\uFFFD"), null]
  ) {
    const line = printed("json", { key: bytes, value: bytes } as typeof record);
    const read = jsonRecord(line);
    assert.deepEqual(read.key, bytes);
    assert.deepEqual(read.value, bytes);
    assert.deepEqual(read.headers, record.headers);
    assert.equal(read.timestamp, record.timestamp);
    assert.equal(read.partition, 3);
    const { topic, offset } = JSON.parse(line);
    assert.deepEqual([topic, offset], ["t", 42]);
  }
});

Deno.test("escapes are those of the help page", () => {
  assert.equal(parseEscapes("a\\tb\\n\\0\\\\\\x7c"), "a\tb\n\0\\|");
  for (const wrong of ["\\q", "\\", "\\x1"]) assert.throws(() => parseEscapes(wrong), UsageError, wrong);
});

Deno.test("positions are start, end, offsets, records and times before the end, and times", () => {
  const at = (text: string) => absolutePosition(parsePosition(text), 1_000_000_000);
  assert.deepEqual(at("start"), { at: "start" });
  assert.deepEqual(at("end"), { at: "end" });
  assert.deepEqual(at("0"), { at: "offset", offset: 0 });
  assert.deepEqual(at("-10"), { at: "tail", count: 10 });
  assert.deepEqual(at("-15m"), { at: "time", timestampMs: 1_000_000_000 - 900_000 });
  assert.deepEqual(at("2026-01-01T00:00:00Z"), { at: "time", timestampMs: 1767225600000 });
  assert.deepEqual(at("2026-01-01"), { at: "time", timestampMs: 1767225600000 });
  assert.deepEqual(at("2026-01-01T01:00:00+01:00"), { at: "time", timestampMs: 1767225600000 });
  for (
    const wrong of ["", "soon", "-", "1.5", "-5x", "2026-13-01", "2026-01-01T25:00Z", "99999999999999999"]
  ) {
    assert.throws(() => parsePosition(wrong), UsageError, wrong);
  }
});

function fakeWith(values: readonly string[], leaders: readonly number[] = [0]): FakeCluster {
  const fake = new FakeCluster();
  fake.createTopic("t", leaders);
  values.forEach((value, index) => append(fake, value, index % leaders.length));
  return fake;
}

function append(fake: FakeCluster, value: string, partition = 0): void {
  const place = fake.partition("t", partition);
  const builder = new BatchBuilder({ baseOffset: endOffsetOf(place) });
  builder.append({ timestamp: 1000, key: null, value: encodeUtf8(value) });
  place.batches.push(builder.build());
}

function start(
  fake: FakeCluster,
  line: string,
): { readonly process: FakeProcess; readonly ended: Promise<Ran> } {
  const { host, port } = fake.addresses[0]!;
  const process = new FakeProcess({
    args: ["consume", ...line.split(" ")],
    environment: { SLUICE_BOOTSTRAP: `${host}:${port}` },
  });
  const ended = main(process, () => Promise.resolve(platformWith(fake.network))).then((code) => {
    return { code, stdout: process.stdout.text, stderr: process.stderr.text };
  });
  return { process, ended };
}

async function consume(fake: FakeCluster, line: string): Promise<Ran> {
  try {
    return await start(fake, line).ended;
  } finally {
    fake.close();
  }
}

Deno.test("consume --exit prints what is there and ends with 0", async () => {
  assert.deepEqual(await consume(fakeWith(["a", "b", "c"]), "t --exit"), {
    code: 0,
    stdout: "a\nb\nc\n",
    stderr: "",
  });
});

Deno.test("consume ends at once when there is nothing to wait for", async () => {
  assert.equal((await consume(fakeWith([]), "t --exit")).code, 0);
  assert.equal((await consume(fakeWith(["a"]), "t --exit --from end")).stdout, "");
});

Deno.test("consume begins where it is told and stops after --count", async () => {
  const values = ["a", "b", "c", "d", "e"];
  assert.equal((await consume(fakeWith(values), "t --exit --from 3")).stdout, "d\ne\n");
  assert.equal((await consume(fakeWith(values), "t --exit --from -2")).stdout, "d\ne\n");
  assert.equal((await consume(fakeWith(values), "t --from start -n 2")).stdout, "a\nb\n");
});

Deno.test("consume reads all partitions, or those it is told", async () => {
  const values = ["a", "b", "c", "d"];
  const all = await consume(fakeWith(values, [0, 0]), "t --exit --format %p%v");
  assert.deepEqual(all.stdout.trim().split("\n").sort(), ["0a", "0c", "1b", "1d"]);
  assert.equal((await consume(fakeWith(values, [0, 0]), "t --exit -p 1")).stdout, "b\nd\n");
  const missing = await consume(fakeWith(values, [0, 0]), "t --exit -p 2");
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /topic "t" has no partition 2; its last one is 1/);
});

Deno.test("consume names a topic and an offset that are not there", async () => {
  const topic = await consume(fakeWith([]), "nosuch --exit");
  assert.equal(topic.code, 1);
  assert.match(topic.stderr, /^sluice consume: topic "nosuch": there is no such topic/);
  const offset = await consume(fakeWith(["a"]), "t --from 7");
  assert.equal(offset.code, 1);
  assert.match(offset.stderr, /--from 7: t-0 has no such offset; it holds 0 to 1/);
});

Deno.test("consume follows a topic until it is interrupted, and ends with 130", async () => {
  const fake = fakeWith(["old"]);
  const { process, ended } = start(fake, "t");
  while (!fake.asked.has("Fetch")) await new Promise((resolve) => setTimeout(resolve, 1));
  append(fake, "new");
  while (process.stdout.text === "") await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(process.signal("SIGINT"));
  assert.deepEqual(await ended, { code: 130, stdout: "new\n", stderr: "" });
  assert.ok(!process.signal("SIGINT"), "nobody listens any more");
  fake.close();
});

Deno.test("a reader that goes away, as head does, ends consume with 0 and without a word", async () => {
  const fake = fakeWith(["a", "b"]);
  const { process, ended } = start(fake, "t --from start");
  process.stdout.breaksAfter = 1;
  while (process.stdout.text === "") await new Promise((resolve) => setTimeout(resolve, 1));
  append(fake, "c");
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, ""]);
  fake.close();
});
