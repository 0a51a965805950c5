import assert from "node:assert/strict";
import { leaderEpoch, offset } from "../../../src/core/ids.ts";
import { LogState } from "../../../src/raft/log_state.ts";
import { logOf } from "./replica.ts";

const at = (value: number, epoch: number) => ({ offset: offset(value), epoch: leaderEpoch(epoch) });

Deno.test("raft log: an epoch ends where the next one begins (KIP-320)", () => {
  const log = new LogState(logOf([1, 1, 3, 3, 5]));
  assert.deepEqual(log.endOf(leaderEpoch(1)), at(2, 1));
  assert.deepEqual(log.endOf(leaderEpoch(2)), at(2, 1));
  assert.deepEqual(log.endOf(leaderEpoch(3)), at(4, 3));
  assert.deepEqual(log.endOf(leaderEpoch(9)), at(5, 5));
  assert.deepEqual(log.endOf(leaderEpoch(0)), at(0, 0));
});

Deno.test("raft log: a fetch is valid only where epoch and offset meet in the log (KIP-595)", () => {
  const log = new LogState(logOf([1, 1, 3, 3, 5]));
  assert.deepEqual(log.positionOf(offset(0), leaderEpoch(0)), { kind: "valid" });
  assert.deepEqual(log.positionOf(offset(5), leaderEpoch(5)), { kind: "valid" });
  assert.deepEqual(log.positionOf(offset(3), leaderEpoch(3)), { kind: "valid" });
  assert.deepEqual(log.positionOf(offset(3), leaderEpoch(1)), {
    kind: "diverging",
    divergingEpoch: at(2, 1),
  });
  assert.deepEqual(log.positionOf(offset(4), leaderEpoch(2)), {
    kind: "diverging",
    divergingEpoch: at(2, 1),
  });
  assert.deepEqual(log.positionOf(offset(7), leaderEpoch(5)), {
    kind: "diverging",
    divergingEpoch: at(5, 5),
  });
});

Deno.test("raft log: who is behind the log start needs the snapshot (KIP-630)", () => {
  const log = new LogState(logOf([3, 3, 5], {
    logStartOffset: offset(10),
    logStartEpoch: leaderEpoch(3),
    latestSnapshot: at(10, 3),
  }));
  const snapshot = { kind: "snapshot", snapshotId: at(10, 3) };
  assert.deepEqual(log.positionOf(offset(0), leaderEpoch(0)), snapshot);
  assert.deepEqual(log.positionOf(offset(9), leaderEpoch(3)), snapshot);
  // The record before the start is of epoch 3: a log that has another one there departs before the start.
  assert.deepEqual(log.positionOf(offset(10), leaderEpoch(2)), snapshot);
  assert.deepEqual(log.positionOf(offset(12), leaderEpoch(2)), snapshot);
  assert.deepEqual(log.positionOf(offset(10), leaderEpoch(3)), { kind: "valid" });
  assert.deepEqual(log.positionOf(offset(12), leaderEpoch(3)), { kind: "valid" });
  assert.deepEqual(log.positionOf(offset(13), leaderEpoch(3)), {
    kind: "diverging",
    divergingEpoch: at(12, 3),
  });
});

Deno.test("raft log: the epoch before the start survives when the start advances", () => {
  const log = new LogState(logOf([1, 1, 3, 3, 5], { latestSnapshot: at(3, 3) }));
  log.advanceStart(offset(3));
  assert.equal(log.epochAt(offset(2)), 3);
  assert.deepEqual(log.positionOf(offset(3), leaderEpoch(3)), { kind: "valid" });
  assert.equal(log.positionOf(offset(3), leaderEpoch(1)).kind, "snapshot");
  assert.deepEqual(log.endOf(leaderEpoch(4)), at(4, 3));
});

Deno.test("raft log: an emptied log goes on from the epoch of the snapshot", () => {
  const log = new LogState(logOf([1, 1]));
  log.installSnapshot(at(20, 4));
  assert.deepEqual(log.end, at(20, 4));
  assert.equal(log.flushedOffset, 20);
  log.appended([{ epoch: leaderEpoch(4), startOffset: offset(20) }], offset(22));
  assert.deepEqual(log.endOf(leaderEpoch(4)), at(22, 4));
  log.advanceStart(offset(22));
  assert.deepEqual(log.end, at(22, 4));
});

Deno.test("raft log: truncation goes to where both logs have the epoch (KIP-595)", () => {
  const log = new LogState(logOf([1, 1, 2, 2, 2]));
  // The leader has nothing of epoch 2; its epoch 1 ends later than here.
  assert.equal(log.truncationOffset(at(4, 1)), 2);
  // The leader's epoch 2 ends earlier than here.
  assert.equal(log.truncationOffset(at(3, 2)), 3);
  // The leader's largest epoch up to ours is one that is not here at all.
  assert.equal(new LogState(logOf([1, 3])).truncationOffset(at(6, 2)), 1);
});

Deno.test("raft log: truncation takes epochs and flushed offset back", () => {
  const log = new LogState(logOf([1, 1, 2, 3]));
  log.truncateTo(offset(2));
  assert.deepEqual(log.end, at(2, 1));
  assert.equal(log.flushedOffset, 2);
});

Deno.test("raft log: a flush that a truncation overtook makes nothing durable", () => {
  const log = new LogState(logOf([1]));
  log.appended([{ epoch: leaderEpoch(2), startOffset: offset(1) }], offset(3));
  const begun = log.end;
  log.truncateTo(offset(1));
  log.appended([{ epoch: leaderEpoch(3), startOffset: offset(1) }], offset(3));
  log.flushed(begun);
  assert.equal(log.flushedOffset, 1);
  log.flushed(log.end);
  assert.equal(log.flushedOffset, 3);
});

Deno.test("raft log: up to date means a later last epoch, or the same and not shorter (Raft section 5.4.1)", () => {
  const log = new LogState(logOf([1, 2, 2]));
  assert.equal(log.isUpToDate(at(3, 2)), true);
  assert.equal(log.isUpToDate(at(9, 2)), true);
  assert.equal(log.isUpToDate(at(1, 3)), true);
  assert.equal(log.isUpToDate(at(2, 2)), false);
  assert.equal(log.isUpToDate(at(9, 1)), false);
});
