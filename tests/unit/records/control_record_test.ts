import assert from "node:assert/strict";
import { DecodeError } from "../../../src/core/errors.ts";
import { BatchView } from "../../../src/records/batch.ts";
import {
  controlKey,
  controlRecordTypes,
  endTxnMarkerValue,
  readControlKey,
  readEndTxnMarker,
} from "../../../src/records/control_record.ts";
import { recordsOf } from "../../../src/records/record.ts";
import { golden } from "./golden.ts";

const only = (name: string) => [...recordsOf(new BatchView(golden(name)))][0]!;

Deno.test("Kafka's control records are told apart by their keys", () => {
  assert.deepEqual(readControlKey(only("abort marker").key), { version: 0, type: "Abort" });
  assert.deepEqual(readControlKey(only("commit marker").key), { version: 0, type: "Commit" });
  assert.deepEqual(readControlKey(only("leader change").key), { version: 0, type: "LeaderChange" });
});

Deno.test("transaction markers are written as Kafka writes them", () => {
  const marker = only("commit marker");
  assert.deepEqual(controlKey("Commit"), marker.key?.slice());
  assert.deepEqual(endTxnMarkerValue(9), marker.value?.slice());
  assert.equal(readEndTxnMarker(marker.value), 9);
});

Deno.test("every type's key reads back", () => {
  for (const type of controlRecordTypes) {
    assert.deepEqual(readControlKey(controlKey(type)), { version: 0, type });
  }
});

Deno.test("a newer type is not an error, a malformed key is", () => {
  assert.deepEqual(readControlKey(Uint8Array.of(0, 1, 0, 99)), { version: 1, type: undefined });
  assert.throws(() => readControlKey(null), DecodeError);
  assert.throws(() => readControlKey(Uint8Array.of(0, 0, 0)), DecodeError);
  assert.throws(() => readControlKey(Uint8Array.of(255, 255, 0, 0)), DecodeError);
  assert.throws(() => readEndTxnMarker(null), DecodeError);
  assert.throws(() => readEndTxnMarker(Uint8Array.of(0, 0, 0)), DecodeError);
});
