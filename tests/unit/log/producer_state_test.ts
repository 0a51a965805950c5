/** Idempotent producers (KIP-98, KIP-360) and transactions as the log sees them. */

import { deepEqual, equal, throws } from "node:assert/strict";
import { DecodeError } from "../../../src/core/errors.ts";
import { decodeProducerSnapshot } from "../../../src/log/producer_snapshot.ts";
import { ProducerState } from "../../../src/log/producer_state.ts";
import { BatchView } from "../../../src/records/batch.ts";
import { BatchBuilder } from "../../../src/records/batch_builder.ts";
import { controlKey, endTxnMarkerValue } from "../../../src/records/control_record.ts";
import { batchOf } from "../../harness/log_world.ts";

const LAST_SEQUENCE = 2147483647;

/** A batch of `count` records of producer 7. */
function batch(
  baseSequence: number,
  count = 1,
  options: { epoch?: number; transactional?: boolean } = {},
): BatchView {
  const values = Array.from({ length: count }, () => "v");
  return new BatchView(batchOf(values, {
    producerId: 7,
    producerEpoch: options.epoch ?? 0,
    baseSequence,
    isTransactional: options.transactional ?? false,
  }));
}

function marker(
  type: "Abort" | "Commit",
  options: { epoch?: number; coordinatorEpoch?: number } = {},
): BatchView {
  const builder = new BatchBuilder({
    producerId: 7,
    producerEpoch: options.epoch ?? 0,
    isControl: true,
    isTransactional: true,
  });
  const value = endTxnMarkerValue(options.coordinatorEpoch ?? 0);
  builder.append({ timestamp: 2000, key: controlKey(type), value });
  return new BatchView(builder.build());
}

/** A state that has seen batches one after the other from offset 0 on. */
function stateAfter(...seen: readonly BatchView[]): { state: ProducerState; end: number } {
  const state = new ProducerState();
  let end = 0;
  for (const each of seen) {
    state.apply(each, end, end + each.lastOffsetDelta);
    end += each.lastOffsetDelta + 1;
  }
  return { state, end };
}

Deno.test("the next sequence is taken, a gap and a repetition of old ones are not", () => {
  const { state } = stateAfter(batch(0, 3), batch(3, 2));
  equal(state.check(batch(5)), null);
  equal(state.check(batch(6)), "out-of-order-sequence");
  equal(state.check(batch(4)), "out-of-order-sequence");
});

Deno.test("a producer that is not known may begin anywhere (Kafka 4: no UNKNOWN_PRODUCER_ID)", () => {
  equal(new ProducerState().check(batch(1234)), null);
});

Deno.test("the last five batches are recognised when they come again, the sixth is not", () => {
  const seen = [0, 1, 2, 3, 4, 5].map((sequence) => batch(sequence * 2, 2));
  const { state } = stateAfter(...seen);
  equal(state.findDuplicate(seen[0]!), null);
  equal(state.check(seen[0]!), "out-of-order-sequence");
  for (const [index, each] of seen.entries()) {
    if (index > 0) equal(state.findDuplicate(each)?.lastOffset, index * 2 + 1);
  }
  equal(state.findDuplicate(batch(10, 1)), null, "the same first sequence but fewer records");
  equal(state.findDuplicate(batch(10, 2, { epoch: 1 })), null, "another epoch");
});

Deno.test("an older epoch is fenced and a newer one begins at sequence 0", () => {
  const { state, end } = stateAfter(batch(0, 3, { epoch: 2 }));
  equal(state.check(batch(3, 1, { epoch: 1 })), "invalid-producer-epoch");
  equal(state.check(batch(3, 1, { epoch: 3 })), "out-of-order-sequence");
  const bumped = batch(0, 1, { epoch: 3 });
  equal(state.check(bumped), null);
  state.apply(bumped, end, end);
  equal(state.check(batch(3, 1, { epoch: 2 })), "invalid-producer-epoch");
  equal(state.findDuplicate(batch(0, 3, { epoch: 2 })), null);
});

Deno.test("sequences go on at 0 after 2^31-1, between batches and within one", () => {
  const atEnd = stateAfter(batch(LAST_SEQUENCE - 1, 2));
  equal(atEnd.state.check(batch(0)), null);
  equal(atEnd.state.check(batch(1)), "out-of-order-sequence");
  const across = batch(LAST_SEQUENCE, 3);
  equal(across.lastSequence, 1);
  const { state } = stateAfter(across);
  equal(state.check(batch(2)), null);
  equal(state.findDuplicate(across)?.lastOffset, 2);
});

Deno.test("a transaction holds the last stable offset until its marker is replicated", () => {
  const { state } = stateAfter(batch(0, 2), batch(2, 2, { transactional: true }));
  equal(state.firstUnstableOffset, 2);
  equal(state.check(batch(4)), "invalid-txn-state");
  equal(state.check(batch(4, 1, { transactional: true })), null);
  deepEqual(state.apply(marker("Abort"), 4, 4), {
    producerId: 7,
    firstOffset: 2,
    lastOffset: 4,
    aborted: true,
  });
  state.onHighWatermark(4);
  equal(state.firstUnstableOffset, 2);
  state.onHighWatermark(5);
  equal(state.firstUnstableOffset, -1);
  equal(state.apply(marker("Commit"), 5, 5), null, "a marker of a transaction that wrote nothing here");
});

Deno.test("markers of an old producer or coordinator are refused", () => {
  const { state } = stateAfter(
    batch(0, 1, { epoch: 1, transactional: true }),
    marker("Commit", { epoch: 1, coordinatorEpoch: 5 }),
  );
  equal(state.checkMarker(marker("Commit", { epoch: 0, coordinatorEpoch: 5 })), "invalid-producer-epoch");
  equal(
    state.checkMarker(marker("Commit", { epoch: 1, coordinatorEpoch: 4 })),
    "transaction-coordinator-fenced",
  );
  equal(state.checkMarker(marker("Commit", { epoch: 1, coordinatorEpoch: 5 })), null);
});

Deno.test("after a marker bumped the epoch, sequences begin at 0 (KIP-890)", () => {
  const { state } = stateAfter(batch(0, 2, { transactional: true }), marker("Commit", { epoch: 1 }));
  equal(state.check(batch(2, 1, { epoch: 1, transactional: true })), "out-of-order-sequence");
  equal(state.check(batch(0, 1, { epoch: 1, transactional: true })), null);
});

Deno.test("a snapshot keeps the last batches of each producer and its open transaction", () => {
  const { state } = stateAfter(batch(0, 2), batch(2, 3, { transactional: true }));
  const bytes = state.encode();
  const saved = decodeProducerSnapshot(bytes);
  deepEqual(saved.map(({ producerId, lastSequence }) => [producerId, lastSequence]), [[7, 1], [7, 4]]);
  const again = new ProducerState();
  again.load(bytes, 2000, 86_400_000);
  equal(again.check(batch(5, 1, { transactional: true })), null);
  equal(again.findDuplicate(batch(2, 3))?.lastOffset, 4);
  equal(again.findDuplicate(batch(0, 2))?.lastOffset, 1);
  equal(again.firstUnstableOffset, 2);
});

Deno.test("a damaged snapshot is refused", () => {
  const bytes = stateAfter(batch(0, 2)).state.encode();
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 0x40;
    throws(() => decodeProducerSnapshot(damaged), DecodeError, `byte ${at}`);
    throws(() => decodeProducerSnapshot(bytes.subarray(0, at)), DecodeError);
  }
});

Deno.test("producers are forgotten after their time, but not within a transaction", () => {
  const idle = stateAfter(batch(0)).state;
  idle.expire(1000 + 4999, 5000);
  equal(idle.size, 1);
  idle.expire(1000 + 5000, 5000);
  equal(idle.size, 0);
  const open = stateAfter(batch(0, 1, { transactional: true })).state;
  open.expire(1e15, 5000);
  equal(open.size, 1);
  const again = new ProducerState();
  again.load(stateAfter(batch(0)).state.encode(), 1e15, 5000);
  equal(again.size, 0, "what expired while the log was closed is not loaded");
});
