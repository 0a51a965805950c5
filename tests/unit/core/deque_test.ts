import assert from "node:assert/strict";
import fc from "fast-check";
import { Deque } from "../../../src/core/deque.ts";

type Step = ["pushFirst" | "pushLast", number] | ["takeFirst" | "takeLast"];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom("pushFirst" as const, "pushLast" as const), fc.integer()),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom("takeFirst" as const, "takeLast" as const)) },
);

function apply(deque: Deque<number>, model: number[], [action, value]: Step): void {
  if (action === "pushFirst") {
    deque.pushFirst(value);
    model.unshift(value);
  } else if (action === "pushLast") {
    deque.pushLast(value);
    model.push(value);
  } else if (action === "takeFirst") assert.equal(deque.takeFirst(), model.shift());
  else assert.equal(deque.takeLast(), model.pop());
}

Deno.test("a deque does what an array does, at both ends", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
    const deque = new Deque<number>();
    const model: number[] = [];
    for (const each of steps) {
      apply(deque, model, each);
      assert.equal(deque.size, model.length);
      assert.equal(deque.first(), model[0]);
      assert.equal(deque.last(), model.at(-1));
    }
    assert.deepEqual([...deque], model);
    for (let index = -1; index <= model.length; index++) assert.equal(deque.at(index), model[index]);
  }));
});

Deno.test("a deque grows and shrinks without losing the order", () => {
  const deque = new Deque<number>();
  for (let value = 0; value < 10_000; value++) {
    deque.pushLast(value);
    if (value % 3 === 0) deque.pushLast(deque.takeFirst()!);
  }
  const drained: number[] = [];
  while (deque.size > 0) drained.push(deque.takeFirst()!);
  assert.deepEqual(drained.toSorted((a, b) => a - b), Array.from({ length: 10_000 }, (_, index) => index));
});

Deno.test("clear empties a deque, which can be used again", () => {
  const deque = new Deque<string>();
  for (let value = 0; value < 100; value++) deque.pushFirst(`${value}`);
  deque.clear();
  assert.equal(deque.size, 0);
  assert.equal(deque.takeLast(), undefined);
  deque.pushLast("again");
  assert.deepEqual([...deque], ["again"]);
});
