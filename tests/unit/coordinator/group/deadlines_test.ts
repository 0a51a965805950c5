import assert from "node:assert/strict";
import fc from "fast-check";
import { Deadline, Deadlines } from "../../../../src/coordinator/group/deadlines.ts";

function takeAll(deadlines: Deadlines<string>, nowMs: number): string[] {
  const taken: string[] = [];
  for (let due = deadlines.takeDue(nowMs); due !== undefined; due = deadlines.takeDue(nowMs)) {
    taken.push(due.what);
  }
  return taken;
}

Deno.test("deadlines come out when they are due, equal ones in the order they were armed", () => {
  const deadlines = new Deadlines<string>();
  for (const [what, dueMs] of [["c", 30], ["a", 10], ["b", 20], ["b2", 20]] as const) {
    deadlines.arm(new Deadline(what), dueMs);
  }
  assert.deepEqual(takeAll(deadlines, 9), []);
  assert.deepEqual(takeAll(deadlines, 20), ["a", "b", "b2"]);
  assert.equal(deadlines.nextMs, 30);
  assert.deepEqual(takeAll(deadlines, 30), ["c"]);
  assert.equal(deadlines.nextMs, Infinity);
});

Deno.test("a deadline that is moved later does not come out at its old time", () => {
  const deadlines = new Deadlines<string>();
  const session = new Deadline("session");
  deadlines.arm(session, 10);
  deadlines.arm(session, 50);
  assert.ok(deadlines.nextMs <= 50);
  assert.deepEqual(takeAll(deadlines, 49), []);
  assert.deepEqual(takeAll(deadlines, 50), ["session"]);
});

Deno.test("a deadline that is moved earlier comes out once, at its new time", () => {
  const deadlines = new Deadlines<string>();
  const session = new Deadline("session");
  deadlines.arm(session, 300);
  deadlines.arm(session, 10);
  assert.equal(deadlines.nextMs, 10);
  assert.deepEqual(takeAll(deadlines, 10), ["session"]);
  assert.deepEqual(takeAll(deadlines, 300), []);
});

Deno.test("a disarmed deadline does not come out, and can be armed again", () => {
  const deadlines = new Deadlines<string>();
  const session = new Deadline("session");
  deadlines.arm(session, 10);
  deadlines.disarm(session);
  assert.equal(deadlines.armed, 0);
  assert.equal(deadlines.nextMs, Infinity);
  deadlines.arm(session, 20);
  assert.deepEqual(takeAll(deadlines, 20), ["session"]);
});

Deno.test("members that come and go do not pile up", () => {
  const deadlines = new Deadlines<string>();
  for (let index = 0; index < 100_000; index++) {
    const deadline = new Deadline("gone");
    deadlines.arm(deadline, 1_000_000 + index);
    deadlines.disarm(deadline);
  }
  const kept = new Deadline("kept");
  deadlines.arm(kept, 5);
  assert.ok(deadlines.queued < 5_000, `${deadlines.queued} entries are left`);
  assert.deepEqual(takeAll(deadlines, 5), ["kept"]);
});

Deno.test("deadlines behave like a plain list that is searched every time", () => {
  const action = fc.tuple(fc.constantFrom("arm", "disarm", "advance"), fc.nat(9), fc.nat(50));
  fc.assert(fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
    const deadlines = new Deadlines<string>();
    const all = Array.from({ length: 10 }, (_, index) => new Deadline(`${index}`));
    const model = new Map<string, number>();
    let nowMs = 0;
    for (const [verb, index, ms] of actions) {
      const deadline = all[index]!;
      if (verb === "arm") {
        deadlines.arm(deadline, nowMs + ms);
        model.set(deadline.what, nowMs + ms);
      } else if (verb === "disarm") {
        deadlines.disarm(deadline);
        model.delete(deadline.what);
      } else {
        nowMs += ms;
        const due = [...model].filter(([, dueMs]) => dueMs <= nowMs).map(([what]) => what);
        for (const what of due) model.delete(what);
        assert.deepEqual(takeAll(deadlines, nowMs).sort(), due.sort());
      }
      assert.equal(deadlines.armed, model.size);
      assert.ok(deadlines.nextMs <= Math.min(Infinity, ...model.values()));
    }
  }));
});
