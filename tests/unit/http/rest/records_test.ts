/** Records in JSON, both ways, and the search through them. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8, textOf } from "../../../../src/core/bytes.ts";
import { bytesOf, shownBytes, type ValueFormat } from "../../../../src/http/rest/records/json_values.ts";
import { newRecord, recordJson, recordOf } from "../../../../src/http/rest/records/record_json.ts";
import { parseExact } from "../../../../src/core/exact_json.ts";
import { indexOfBytes, recordFilter } from "../../../../src/http/rest/records/search_terms.ts";
import { InvalidValue, type Json } from "../../../../src/http/rest/schema.ts";

function shown(bytes: Uint8Array | null, format: ValueFormat): Record<string, unknown> {
  return shownBytes("value", bytes, format);
}

Deno.test("a text is its bytes, null is none, anything else is its JSON text", () => {
  assert.deepEqual(bytesOf("value", "é", undefined), encodeUtf8("é"));
  assert.equal(bytesOf("value", null, undefined), null);
  assert.equal(bytesOf("value", undefined, undefined), null);
  assert.deepEqual(bytesOf("value", { a: [1, null] }, undefined), encodeUtf8(`{"a":[1,null]}`));
  assert.deepEqual(bytesOf("value", 1.5, undefined), encodeUtf8("1.5"));
  assert.deepEqual(bytesOf("value", "", undefined), new Uint8Array(0));
  assert.deepEqual(bytesOf("value", undefined, "/wA="), Uint8Array.of(255, 0));
  assert.throws(() => bytesOf("value", "a", "YQ=="), InvalidValue);
  assert.throws(() => bytesOf("value", undefined, "*"), InvalidValue);
});

Deno.test("what is shown as text or base64 comes back as the same bytes", () => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array(), fc.string({ unit: "binary" }).map(encodeUtf8)), (bytes) => {
    for (const format of ["text", "base64"] as const) {
      const { value, valueBase64 } = shown(bytes, format);
      const back = bytesOf("value", value as Json | undefined, valueBase64 as string | undefined);
      assert.deepEqual([...back!], [...bytes]);
    }
  }));
});

Deno.test("numbers keep all digits on their way in and out", () => {
  const text = `{"id":12345678901234567890,"small":-7,"part":0.1234567890123456789,"huge":1e400}`;
  const given = newRecord.read(parseExact(`{"value":${text}}`));
  const stored = recordOf(given, 0).value!;
  assert.equal(decodeUtf8(stored, 0, stored.length), text);
  assert.equal(JSON.stringify(shown(stored, "json")["value"]), text);
  assert.throws(
    () => newRecord.read(parseExact(`{"value":1,"timestamp":12345678901234567890}`)),
    InvalidValue,
  );
});

Deno.test("half of a surrogate pair is refused, because UTF-8 has no way to say it", () => {
  assert.throws(() => bytesOf("value", JSON.parse(`"\\ud800"`), undefined), InvalidValue);
  assert.deepEqual(bytesOf("value", JSON.parse(`"\\ud83d\\ude00"`), undefined), encodeUtf8("😀"));
});

Deno.test("large values do not exhaust the stack", () => {
  const bytes = new Uint8Array(1_000_000).fill(255);
  assert.equal((shown(bytes, "text")["valueBase64"] as string).length, 1_333_336);
});

Deno.test("shown as JSON, values that are none stay text", () => {
  assert.deepEqual(shown(encodeUtf8(`{"a":1}`), "json"), { value: { a: 1 } });
  assert.deepEqual(shown(encodeUtf8("12"), "json"), { value: 12 });
  assert.deepEqual(shown(encodeUtf8("12 apples"), "json"), { value: "12 apples" });
  assert.deepEqual(shown(encodeUtf8("{"), "json"), { value: "{" });
  assert.deepEqual(shown(Uint8Array.of(255), "json"), { valueBase64: "/w==" });
  assert.deepEqual(shown(null, "json"), { value: null });
});

Deno.test("a replacement character that was written is no sign of bytes that are no text", () => {
  assert.equal(textOf(encodeUtf8("\uFFFD")), "\uFFFD");
  assert.equal(textOf(Uint8Array.of(0xc3)), null);
});

Deno.test("a record is read with its headers in both forms", () => {
  const read = (value: unknown) => recordOf(newRecord.read(value), 77);
  assert.deepEqual(read({ key: "k", value: "v", headers: { a: "1", b: null }, partition: 2, timestamp: 5 }), {
    key: encodeUtf8("k"),
    value: encodeUtf8("v"),
    headers: [{ key: "a", value: encodeUtf8("1") }, { key: "b", value: null }],
    partition: 2,
    timestamp: 5,
  });
  const twice = read({ value: null, headers: [{ key: "a", value: 1 }, { key: "a", valueBase64: "AA==" }] });
  assert.deepEqual(twice.headers, [{ key: "a", value: encodeUtf8("1") }, {
    key: "a",
    value: Uint8Array.of(0),
  }]);
  assert.equal(twice.timestamp, 77);
  for (const wrong of [{}, { key: "a" }, { value: 1, valueBase64: "AA==" }, { value: 1, offset: 3 }]) {
    assert.throws(() => read(wrong), InvalidValue, JSON.stringify(wrong));
  }
});

function record(key: string | null, value: string | null, headers: Record<string, string | null> = {}) {
  return {
    offset: 3,
    timestamp: 9,
    key: key === null ? null : encodeUtf8(key),
    value: value === null ? null : encodeUtf8(value),
    headers: Object.entries(headers).map(([key, text]) => ({
      key,
      value: text === null ? null : encodeUtf8(text),
    })),
  };
}

Deno.test("a record for JSON", () => {
  assert.deepEqual(recordJson(record("k", "1", { h: "x" }), { topic: "t", partition: 4 }, "json"), {
    topic: "t",
    partition: 4,
    offset: 3,
    timestamp: 9,
    key: "k",
    value: 1,
    headers: [{ key: "h", value: "x" }],
  });
});

Deno.test("all terms of a search must hold", () => {
  const test = recordFilter({ key: "or", value: "paid", header: "trace=7" });
  assert.ok(test(record("order-1", `{"state":"paid"}`, { trace: "id 7" })));
  assert.ok(!test(record("order-1", `{"state":"paid"}`, { trace: "id 8" })));
  assert.ok(!test(record(null, `{"state":"paid"}`, { trace: "7" })));
  assert.ok(!test(record("order-1", null, { trace: "7" })));
  assert.ok(recordFilter({})(record(null, null)));
  assert.ok(recordFilter({ header: "h" })(record(null, null, { h: null })));
});

Deno.test("bytes are found where text search finds them", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 12 });
  fc.assert(fc.property(text, text, (all, wanted) => {
    const found = indexOfBytes(encodeUtf8(all), encodeUtf8(wanted)) >= 0;
    assert.equal(found, all.includes(wanted));
  }));
});
