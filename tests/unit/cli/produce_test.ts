/** `sluice produce`: from lines and JSON to records. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonRecord } from "../../../src/cli/produce/json_record.ts";
import { LineReader, TOO_LONG } from "../../../src/cli/produce/lines.ts";
import { type LineFormat, recordMaker } from "../../../src/cli/produce/records.ts";
import { encodeUtf8 } from "../../../src/core/bytes.ts";
import { UsageError } from "../../../src/core/errors.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { BatchView } from "../../../src/records/batch.ts";
import { recordsOf } from "../../../src/records/record.ts";
import { FakeCluster } from "../client/fake_cluster.ts";
import { type Ran, runProgram } from "./fake_process.ts";

const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);

/** The lines of `bytes` when they come in parts of `partBytes`. */
async function linesOf(
  bytes: Uint8Array,
  partBytes: number,
  maxLineBytes = 1000,
): Promise<(string | symbol)[]> {
  let at = 0;
  const reader = new LineReader({
    read(target) {
      const part = bytes.subarray(at, at + Math.min(partBytes, target.length));
      target.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  }, maxLineBytes);
  const lines: (string | symbol)[] = [];
  while (await reader.fill()) {
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      lines.push(line === TOO_LONG ? TOO_LONG : text(line)!);
    }
  }
  return lines;
}

Deno.test("lines are the same however their bytes arrive", async () => {
  const line = fc.stringMatching(/^[a-z\u00e9 ]{0,20}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (lines, part, ends) => {
        const input = lines.join("\n") + (ends && lines.length > 0 ? "\n" : "");
        const expected = input === "" ? [] : input.replace(/\n$/, "").split("\n");
        assert.deepEqual(await linesOf(encodeUtf8(input), part), expected);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("line breaks of Windows are line breaks, and a carriage return elsewhere is not", async () => {
  assert.deepEqual(await linesOf(encodeUtf8("a\r\nb\rc\r\n\r\n"), 3), ["a", "b\rc", ""]);
});

Deno.test("lines longer than allowed are skipped without being kept, the others are not", async () => {
  const input = encodeUtf8(`short\n${"x".repeat(2_000_000)}\nnext\n${"y".repeat(900_000)}`);
  assert.deepEqual(await linesOf(input, 65536), ["short", TOO_LONG, "next", TOO_LONG]);
});

const plain: LineFormat = { format: "line", tombstone: false, headers: [] };

function made(line: string, format: Partial<LineFormat> = {}): [string | null, string | null] {
  const { key, value } = recordMaker({ ...plain, ...format })(encodeUtf8(line));
  return [text(key), text(value)];
}

Deno.test("a line is a value, or a key and a value at the first separator", () => {
  assert.deepEqual(made("a:b"), [null, "a:b"]);
  assert.deepEqual(made("a:b:c", { keySeparator: ":" }), ["a", "b:c"]);
  assert.deepEqual(made(":b", { keySeparator: ":" }), ["", "b"]);
  assert.deepEqual(made("a= =>b", { keySeparator: " =>" }), ["a=", "b"]);
  assert.throws(() => made("ab", { keySeparator: ":" }), UsageError);
});

Deno.test("tombstones are the marked values, or every line", () => {
  assert.deepEqual(made("a:NULL", { keySeparator: ":", nullMarker: "NULL" }), ["a", null]);
  assert.deepEqual(made("a:NULLs", { keySeparator: ":", nullMarker: "NULL" }), ["a", "NULLs"]);
  assert.deepEqual(made("a:", { keySeparator: ":", nullMarker: "" }), ["a", null]);
  assert.deepEqual(made("a", { tombstone: true }), ["a", null]);
});

Deno.test("a JSON object says everything about a record", () => {
  const record = jsonRecord(
    `{"key":"k","value":{"a":1},"headers":{"h":"x"},"partition":2,"timestamp":"2026-01-01T00:00:00Z"}`,
  );
  assert.equal(text(record.key), "k");
  assert.equal(text(record.value), `{"a":1}`);
  assert.deepEqual(record.headers, [{ key: "h", value: encodeUtf8("x") }]);
  assert.equal(record.partition, 2);
  assert.equal(record.timestamp, 1767225600000);
});

Deno.test("ids of 64 bits keep their last digits", () => {
  assert.equal(
    text(jsonRecord(`{"value":{"id":12345678901234567891}}`).value),
    `{"id":12345678901234567891}`,
  );
});

Deno.test("JSON says null and bytes that are no text", () => {
  const record = jsonRecord(`{"keyBase64":"/wA=","value":null,"headers":[{"key":"h","valueBase64":"AQ=="}]}`);
  assert.deepEqual(record.key, Uint8Array.of(255, 0));
  assert.equal(record.value, null);
  assert.deepEqual(record.headers[0]!.value, Uint8Array.of(1));
});

Deno.test("JSON that is no record is refused with what is wanted", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["{", /not JSON/],
    ["[]", /wanted an object/],
    [`{"key":"a"}`, /wanted a "value"/],
    [`{"value":"a","vaule":"b"}`, /"vaule" is not a field/],
    [`{"value":"a","partition":-1}`, /"partition": wanted a whole number/],
    [`{"value":"a","timestamp":"soon"}`, /"timestamp": wanted/],
    [`{"value":"a","headers":"x"}`, /"headers": wanted/],
    [`{"value":"a","headers":[{"value":"x"}]}`, /"headers": wanted a key/],
    [`{"valueBase64":"%"}`, /"valueBase64": wanted base64/],
  ];
  for (const [line, wanted] of cases) assert.throws(() => jsonRecord(line), wanted, line);
});

async function produce(fake: FakeCluster, line: string, input: string): Promise<Ran> {
  const { host, port } = fake.addresses[0]!;
  const environment = { SLUICE_BOOTSTRAP: `${host}:${port}` };
  return await runProgram({ args: ["produce", ...line.split(" ")], input, environment }, fake.network);
}

Deno.test("produce stores each line in order and is silent in a pipe", async () => {
  const fake = new FakeCluster();
  try {
    assert.deepEqual(await produce(fake, "t", "one\ntwo\nthree"), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(fake.values("t"), ["one", "two", "three"]);
  } finally {
    fake.close();
  }
});

Deno.test("produce sends keys, headers, tombstones and the codec that it is told", async () => {
  const fake = new FakeCluster();
  try {
    const ran = await produce(fake, "t -k : --null NIL -H a=1 -H b=2 -z gzip", "k:v\nk:NIL\n");
    assert.equal(ran.code, 0, ran.stderr);
    const batches = fake.partition("t").batches.map((bytes) => new BatchView(bytes));
    assert.ok(batches.every((batch) => batch.compressionId === 1));
    const records = batches.flatMap((batch) => [...recordsOf(batch)]);
    assert.deepEqual(records.map(({ key, value }) => [text(key), text(value)]), [["k", "v"], ["k", null]]);
    const headers = records[0]!.headers.map(({ key, value }) => [key, text(value)]);
    assert.deepEqual(headers, [["a", "1"], ["b", "2"]]);
  } finally {
    fake.close();
  }
});

Deno.test("produce counts what was not stored and ends with 1", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  try {
    const ran = await produce(fake, "t -k :", "a:1\nnone\nb:2\n");
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /line 2: there is no ":"/);
    assert.match(ran.stderr, /1 of 3 records were not stored/);
    assert.deepEqual(fake.values("t"), ["1", "2"]);
    fake.onProduce = () => ErrorCode.INVALID_RECORD;
    const refused = await produce(fake, "t", "x\ny\n");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /t-0: INVALID_RECORD/);
    assert.match(refused.stderr, /2 of 2 records were not stored/);
  } finally {
    fake.close();
  }
});

Deno.test("produce tells a person on a terminal how much was stored", async () => {
  const fake = new FakeCluster();
  const { host, port } = fake.addresses[0]!;
  try {
    const ran = await runProgram({
      args: ["produce", "t", "-b", `${host}:${port}`],
      input: "a\nb\n",
      isTerminal: true,
    }, fake.network);
    assert.equal(ran.code, 0);
    assert.match(ran.stderr, /Ctrl-D ends[^]*2 records stored\n$/);
  } finally {
    fake.close();
  }
});
