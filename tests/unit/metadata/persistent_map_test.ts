import assert from "node:assert/strict";
import fc from "fast-check";
import { PersistentMap } from "../../../src/metadata/persistent_map.ts";

Deno.test("a persistent map does what a Map does, and older versions of it stay as they were", () => {
  const key = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.string({ maxLength: 3 }));
  const change = fc.tuple(fc.constantFrom("set", "delete", "build"), key, fc.integer());
  fc.assert(fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
    const model = new Map<string | number, number>();
    const versions: [PersistentMap<string | number, number>, Map<string | number, number>][] = [];
    const editor = PersistentMap.empty<string | number, number>().edit();
    for (const [what, name, value] of changes) {
      if (what === "set") {
        editor.set(name, value);
        model.set(name, value);
      } else if (what === "delete") {
        editor.delete(name);
        model.delete(name);
      } else versions.push([editor.build(), new Map(model)]);
      assert.equal(editor.get(name), model.get(name));
    }
    versions.push([editor.build(), model]);
    for (const [version, expected] of versions) {
      assert.equal(version.size, expected.size);
      assert.deepEqual(new Map(version), expected);
      for (const [name, value] of expected) assert.equal(version.get(name), value);
    }
  }));
});

Deno.test("keys whose hashes are equal in all bits are told apart", () => {
  // These two pairs collide under 32-bit FNV-1a.
  const pairs = [["costarring", "liquid"], ["declinate", "macallums"]];
  for (const [first, second] of pairs as [string, string][]) {
    const map = PersistentMap.of([[first, 1], [second, 2]]);
    assert.deepEqual([map.get(first), map.get(second), map.size], [1, 2, 2]);
    const less = map.without(first);
    assert.deepEqual([less.get(first), less.get(second), less.size], [undefined, 2, 1]);
    assert.equal(less.without(second).size, 0);
  }
});

Deno.test("an edit that changes nothing gives the same map", () => {
  const map = PersistentMap.of<string, number>([["a", 1]]);
  assert.equal(map.edit().delete("b").build(), map);
});

Deno.test("the order of iteration depends on the content alone", () => {
  const names = Array.from({ length: 500 }, (_, index) => `topic-${index}`);
  const forward = PersistentMap.of(names.map((name) => [name, name]));
  const backward = PersistentMap.of([...names, "gone"].reverse().map((name) => [name, name])).without("gone");
  assert.deepEqual([...forward.keys()], [...backward.keys()]);
});
