/** A part of the picture is looked at in its own time, and keeps what was seen while its broker hangs or fails. */

import assert from "node:assert/strict";
import { Part } from "../../../../src/http/dashboard/survey/part.ts";

function world(perItemMs = 0) {
  const clock = { nowMs: 0, wallMs: () => 0, monotonicMs: () => clock.nowMs };
  const asked: PromiseWithResolvers<number>[] = [];
  const part = new Part(clock, { everyMs: 1_000, perItemMs, itemsOf: (value: number) => value }, () => {
    const answer = Promise.withResolvers<number>();
    asked.push(answer);
    return answer.promise;
  });
  return { clock, asked, part };
}

const unexpected = (error: unknown) => assert.fail(String(error));

Deno.test("it is looked at again only when its time has come", async () => {
  const { clock, asked, part } = world();
  const first = part.refresh(unexpected);
  asked[0]!.resolve(1);
  await first;
  clock.nowMs = 999;
  await part.refresh(unexpected);
  assert.equal(asked.length, 1);
  clock.nowMs = 1_000;
  void part.refresh(unexpected);
  assert.equal(asked.length, 2);
  assert.equal(part.value, 1);
});

Deno.test("a look that hangs is not joined by another", async () => {
  const { clock, asked, part } = world();
  const hanging = part.refresh(unexpected);
  clock.nowMs = 60_000;
  const later = part.refresh(unexpected);
  assert.equal(asked.length, 1);
  asked[0]!.resolve(7);
  await Promise.all([hanging, later]);
  assert.equal(part.value, 7);
});

Deno.test("a failure keeps what was seen, says so once, and a later look mends it", async () => {
  const { clock, asked, part } = world();
  const first = part.refresh(unexpected);
  asked[0]!.resolve(1);
  await first;
  const failures: unknown[] = [];
  clock.nowMs = 2_000;
  const second = part.refresh((error) => failures.push(error));
  asked[1]!.reject("gone");
  await second;
  assert.deepEqual([part.value, part.isFailing, failures], [1, true, ["gone"]]);
  clock.nowMs = 4_000;
  const third = part.refresh(unexpected);
  asked[2]!.resolve(3);
  await third;
  assert.deepEqual([part.value, part.isFailing], [3, false]);
});

Deno.test("a value is new once", async () => {
  const { asked, part } = world();
  assert.equal(part.takeNew(), null);
  const looking = part.refresh(unexpected);
  asked[0]!.resolve(5);
  await looking;
  assert.deepEqual([part.takeNew(), part.takeNew(), part.value], [5, null, 5]);
});

Deno.test("the more there is to see, the less often it is looked at", async () => {
  const { clock, asked, part } = world(2);
  const first = part.refresh(unexpected);
  asked[0]!.resolve(500);
  await first;
  clock.nowMs = 1_999;
  await part.refresh(unexpected);
  assert.equal(asked.length, 1);
  clock.nowMs = 2_000;
  void part.refresh(unexpected);
  assert.equal(asked.length, 2);
});

Deno.test("what is out of date is looked at again before its time", async () => {
  const { asked, part } = world();
  const first = part.refresh(unexpected);
  asked[0]!.resolve(1);
  await first;
  part.expire();
  void part.refresh(unexpected);
  assert.equal(asked.length, 2);
});
