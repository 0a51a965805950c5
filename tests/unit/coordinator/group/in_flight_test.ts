import assert from "node:assert/strict";
import { InFlightAppends, notify } from "../../../../src/coordinator/group/in_flight.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";

function setUp(count: number): { appends: InFlightAppends; told: string[] } {
  const appends = new InFlightAppends();
  const told: string[] = [];
  for (let index = 1; index <= count; index++) {
    const onSettled = (errorCode: number) => told.push(`${index}:${errorCode}`);
    appends.add({ group: null, records: [], dueMs: index * 10, waiters: [onSettled], undo: null });
  }
  return { appends, told };
}

Deno.test("an id settles all appends before it that are still in flight", () => {
  const { appends } = setUp(4);
  appends.take(2);
  const taken: number[] = [];
  for (let append = appends.takeUpTo(3); append !== undefined; append = appends.takeUpTo(3)) {
    taken.push(append.appendId);
  }
  assert.deepEqual(taken, [1, 3]);
  assert.deepEqual([...appends].map(({ appendId }) => appendId), [4]);
});

Deno.test("an append is settled once", () => {
  const { appends } = setUp(3);
  assert.equal(appends.take(2)?.appendId, 2);
  assert.equal(appends.take(2), undefined);
  assert.equal(appends.takeUpTo(1)?.appendId, 1);
  assert.equal(appends.take(1), undefined);
  assert.equal(appends.take(99), undefined);
});

Deno.test("waiting is given up when it is due, the append stays in flight", () => {
  const { appends, told } = setUp(3);
  assert.equal(appends.nextDueMs, 10);
  appends.giveUp(20);
  assert.deepEqual(told, [`1:${ErrorCode.REQUEST_TIMED_OUT}`, `2:${ErrorCode.REQUEST_TIMED_OUT}`]);
  assert.equal(appends.nextDueMs, 30);
  assert.equal(appends.size, 3);
  notify(appends.takeUpTo(1)!, ErrorCode.NONE);
  assert.equal(told.length, 2, "who was told that it took too long is not told again");
});

Deno.test("a new append is waited for although all older ones were given up", () => {
  const { appends, told } = setUp(2);
  appends.giveUp(1_000);
  appends.add({
    group: null,
    records: [],
    dueMs: 2_000,
    waiters: [(code) => told.push(`3:${code}`)],
    undo: null,
  });
  assert.equal(appends.nextDueMs, 2_000);
  appends.giveUp(2_000);
  assert.equal(told.at(-1), `3:${ErrorCode.REQUEST_TIMED_OUT}`);
  assert.equal(appends.nextDueMs, Infinity);
});

// A reply waited for an append that had failed behind one that was still in flight, and was never given.
Deno.test("the last append is one that is not settled", () => {
  const { appends } = setUp(3);
  appends.take(3);
  assert.equal(appends.last?.appendId, 2);
  appends.take(1);
  appends.take(2);
  assert.equal(appends.last, undefined);
});
