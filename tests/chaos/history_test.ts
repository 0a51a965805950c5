/** The checker of what clients were told finds each kind of wrong: a checker that never objects proves nothing. */

import assert from "node:assert/strict";
import { History, type Kept } from "./history.ts";

/** A log as it is kept: values in order, all of one epoch unless told. */
function log(values: readonly string[], epochs: readonly number[] = []): Kept[] {
  return values.map((value, offset) => ({ partition: 0, offset, value, leaderEpoch: epochs[offset] ?? 1 }));
}

/** A producer sent three records, and all were acknowledged. */
function acknowledged(): History {
  const history = new History();
  for (const [offset, value] of ["p:0", "p:1", "p:2"].entries()) {
    history.onSent("p", 0, value);
    history.onAcked({ partition: 0, offset, value });
  }
  return history;
}

Deno.test("chaos checker: what is as it was told is accepted", () => {
  const history = acknowledged();
  history.onSent("p", 0, "p:3");
  history.onAcked({ partition: 0, offset: null, value: "p:1" });
  for (const [offset, value] of ["p:0", "p:1", "p:2"].entries()) {
    history.onRead("r", { partition: 0, offset, value });
  }
  history.verify([log(["p:0", "p:1", "p:2"])]);
});

Deno.test("chaos checker: a record that was not acknowledged may be there", () => {
  const history = acknowledged();
  history.onSent("p", 0, "p:3");
  history.verify([log(["p:0", "p:1", "p:2", "p:3"])]);
});

Deno.test("chaos checker: a lost record is found, with or without its offset", () => {
  assert.throws(() => acknowledged().verify([log(["p:0", "p:1"])]), /acknowledged and lost/);
  const history = acknowledged();
  history.onSent("p", 0, "p:9");
  history.onAcked({ partition: 0, offset: null, value: "p:9" });
  assert.throws(() => history.verify([log(["p:0", "p:1", "p:2"])]), /acknowledged and lost:\np:9/);
});

Deno.test("chaos checker: a record in another place than told is found", () => {
  const history = new History();
  for (const value of ["a:0", "b:0"]) history.onSent(value[0]!, 0, value);
  history.onAcked({ partition: 0, offset: 0, value: "a:0" });
  assert.throws(() => history.verify([log(["b:0", "a:0"])]), /a:0 was at 0, now there is b:0/);
});

Deno.test("chaos checker: a duplicate is found", () => {
  assert.throws(() => acknowledged().verify([log(["p:0", "p:1", "p:2", "p:2"])]), /p:2 is at 2 and at 3/);
});

Deno.test("chaos checker: records of a producer in another order are found", () => {
  const history = new History();
  for (const value of ["p:0", "p:1"]) history.onSent("p", 0, value);
  assert.throws(() => history.verify([log(["p:1", "p:0"])]), /p:0 at 1 comes after p:1/);
});

Deno.test("chaos checker: what nobody sent is found", () => {
  assert.throws(() => acknowledged().verify([log(["p:0", "p:1", "p:2", "q:7"])]), /nobody sent these/);
});

Deno.test("chaos checker: an epoch that falls is found", () => {
  assert.throws(() => acknowledged().verify([log(["p:0", "p:1", "p:2"], [1, 2, 1])]), /epoch 1 after 2 at 2/);
});

Deno.test("chaos checker: a reader that skips, repeats or stops early is found", () => {
  const kept = [log(["p:0", "p:1", "p:2"])];
  const skipping = acknowledged();
  skipping.onRead("r", { partition: 0, offset: 1, value: "p:1" });
  assert.throws(() => skipping.verify(kept), /r read offset 1 of partition 0 after -1/);
  const repeating = acknowledged();
  for (const offset of [0, 0]) repeating.onRead("r", { partition: 0, offset, value: "p:0" });
  assert.throws(() => repeating.verify(kept), /r read offset 0 of partition 0 after 0/);
  const early = acknowledged();
  early.onRead("r", { partition: 0, offset: 0, value: "p:0" });
  assert.throws(() => early.verify(kept), /r has read partition 0 to its end/);
});

Deno.test("chaos checker: a group may repeat, and not skip", () => {
  const kept = [log(["p:0", "p:1", "p:2"])];
  const repeating = acknowledged();
  for (const offset of [0, 1, 0, 1, 2]) {
    repeating.onReadByGroup("g", { partition: 0, offset, value: `p:${offset}` });
  }
  repeating.verify(kept);
  const skipping = acknowledged();
  for (const offset of [0, 2]) skipping.onReadByGroup("g", { partition: 0, offset, value: `p:${offset}` });
  assert.throws(() => skipping.verify(kept), /g skipped 1 to 1 of partition 0/);
});

Deno.test("chaos checker: two contents of one offset are found", () => {
  const history = acknowledged();
  history.onRead("r", { partition: 0, offset: 0, value: "p:1" });
  assert.throws(
    () => history.verify([log(["p:0", "p:1", "p:2"])]),
    /offset 0 of partition 0 held p:0; then p:1/,
  );
});

Deno.test("chaos checker: two leaders of an epoch are found, of a partition and of the quorum", () => {
  const history = new History();
  history.onLeader(0, 4, 1, "node 1");
  history.onLeader(0, 5, 2, "node 2");
  history.onLeader(0, 4, 1, "node 3");
  history.onLeader(-1, 9, 3, "node 3");
  assert.deepEqual(history.violations, []);
  history.onLeader(0, 5, 3, "node 3");
  history.onLeader(-1, 9, 1, "node 1");
  assert.equal(history.violations.length, 2);
  assert.match(history.violations[0]!, /partition 0 has two leaders in epoch 5: 2 and, says node 3, 3/);
  assert.match(history.violations[1]!, /the quorum has two leaders in epoch 9/);
});

Deno.test("chaos checker: a high watermark that falls is found, within an epoch and from one to the next (KIP-207)", () => {
  const history = new History();
  history.onHighWatermark(0, 1, 10);
  history.onHighWatermark(0, 2, 10);
  history.onHighWatermark(0, 2, 12);
  // A leader that does not know yet that it is deposed tells what it knew.
  history.onHighWatermark(0, 1, 10);
  assert.deepEqual(history.violations, []);
  history.onHighWatermark(0, 2, 11);
  history.onHighWatermark(0, 3, 9);
  assert.equal(history.violations.length, 2);
});
