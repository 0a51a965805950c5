/** Positions and partitions as queries say them. */

import assert from "node:assert/strict";
import { parsePosition } from "../../../../src/http/rest/params.ts";
import { continuationOf, rangesOf } from "../../../../src/http/rest/records/browse.ts";
import { parsePartitions } from "../../../../src/http/rest/records/partition_list.ts";
import { idOfOffsets, offsetsOfId } from "../../../../src/http/rest/records/stream.ts";
import { produceTarget } from "../../../../src/http/rest/records/quick_produce.ts";
import { Problem } from "../../../../src/http/rest/problem.ts";
import { InvalidValue } from "../../../../src/http/rest/schema.ts";

Deno.test("positions", () => {
  assert.deepEqual(parsePosition("earliest"), { at: "start" });
  assert.deepEqual(parsePosition("latest"), { at: "end" });
  assert.deepEqual(parsePosition("42"), { at: "offset", offset: 42 });
  assert.deepEqual(parsePosition("-10"), { at: "tail", count: 10 });
  assert.deepEqual(parsePosition("@1700000000000"), { at: "time", timestampMs: 1700000000000 });
  const time = Date.UTC(2026, 0, 31, 12);
  assert.deepEqual(parsePosition("2026-01-31T12:00:00Z"), { at: "time", timestampMs: time });
  assert.deepEqual(parsePosition("2026-01-31T13:00+01:00"), { at: "time", timestampMs: time });
  for (
    const text of ["", "start", "1.5", "--1", "9999999999999999", "2026-99-99T00:00Z", "2026-01-31", "@-1"]
  ) {
    assert.throws(() => parsePosition(text), InvalidValue, text);
  }
});

Deno.test("partitions are sorted, once each, and not too many", () => {
  assert.deepEqual(parsePartitions("3,0-2,1"), [0, 1, 2, 3]);
  for (const text of ["", "a", "1-", "-1", "2-1", "0-999999999", "1,,2", "0-999,1000"]) {
    assert.throws(() => parsePartitions(text), InvalidValue, text);
  }
});

Deno.test("a continuation says what is left", () => {
  const ranges = [{ partition: 0, next: 5, end: 9 }, { partition: 12, next: 0, end: 3 }];
  assert.deepEqual(rangesOf(continuationOf(ranges)), ranges);
  for (const text of ["", "0-1", "a", "0-1-2,", "0-1-9999999999999999"]) {
    assert.throws(() => rangesOf(text), Problem, text);
  }
});

Deno.test("the id of an event says where all partitions go on, and what is no id says nothing", () => {
  const offsets = new Map([[0, 7], [3, 0]]);
  assert.deepEqual(offsetsOfId(idOfOffsets(offsets)), offsets);
  assert.equal(offsetsOfId("").size, 0);
  assert.equal(offsetsOfId("x-1,2-y,3").size, 0);
});

Deno.test("only plain requests to produce go the short way", () => {
  const base = "http://127.0.0.1:8080/topics/a.b-c_D/produce";
  assert.deepEqual(produceTarget(base), { topic: "a.b-c_D", acks: "all" });
  assert.deepEqual(produceTarget(`${base}?acks=1`), { topic: "a.b-c_D", acks: "1" });
  for (
    const path of [
      "/topics/a/produce?acks=2",
      "/topics/a/produce?acks=1&acks=1",
      "/topics/a/produce?",
      "/topics//produce",
      "/topics/a%20b/produce",
      "/topics/a/b/produce",
      "/topic/a/produce",
      "/topics/produce",
      `/topics/${"x".repeat(250)}/produce`,
      "/?x=/topics/a/produce",
    ]
  ) assert.equal(produceTarget(`http://127.0.0.1:8080${path}`), null, path);
});
