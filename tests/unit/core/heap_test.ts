import assert from "node:assert/strict";
import fc from "fast-check";
import { Heap } from "../../../src/core/heap.ts";

Deno.test("a heap gives its items back in order, whatever the order they came in", () => {
  fc.assert(fc.property(fc.array(fc.integer()), (values) => {
    const heap = new Heap<number>((a, b) => a < b);
    for (const value of values) heap.push(value);
    assert.equal(heap.size, values.length);
    const drained = values.map(() => {
      const first = heap.peek();
      assert.equal(heap.pop(), first);
      return first;
    });
    assert.deepEqual(drained, values.toSorted((a, b) => a - b));
    assert.equal(heap.pop(), undefined);
  }));
});

Deno.test("pushes and pops may mix", () => {
  // null pops, a number pushes.
  fc.assert(fc.property(fc.array(fc.option(fc.integer())), (steps) => {
    const heap = new Heap<number>((a, b) => a < b);
    const model: number[] = [];
    for (const step of steps) {
      if (step === null) {
        model.sort((a, b) => a - b);
        assert.equal(heap.pop(), model.shift());
      } else {
        heap.push(step);
        model.push(step);
      }
      assert.equal(heap.size, model.length);
      assert.equal(heap.peek(), model.length === 0 ? undefined : Math.min(...model));
    }
  }));
});

Deno.test("clear empties a heap, which can be used again", () => {
  const heap = new Heap<string>((a, b) => a < b);
  for (const item of ["c", "a", "b"]) heap.push(item);
  heap.clear();
  assert.equal(heap.size, 0);
  assert.equal(heap.peek(), undefined);
  heap.push("z");
  assert.equal(heap.pop(), "z");
});
