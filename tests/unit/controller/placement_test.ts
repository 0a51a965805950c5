import assert from "node:assert/strict";
import fc from "fast-check";
import { type PlacementBroker, placeReplicas } from "../../../src/controller/placement.ts";
import type { NodeId } from "../../../src/core/ids.ts";
import { Prng } from "../../../src/core/prng.ts";

function place(brokers: readonly PlacementBroker[], count: number, replicationFactor: number, seed = 1) {
  const random = new Prng(seed);
  const placement = placeReplicas(brokers, { count, replicationFactor }, (bound) => random.below(bound));
  assert.ok(placement.ok, placement.ok ? "" : placement.problem);
  return placement.partitions;
}

/** Brokers 0 to n-1, in as many racks as told, in turn. */
function cluster(size: number, racks: number): PlacementBroker[] {
  return Array.from({ length: size }, (_, index) => ({
    id: index as NodeId,
    rack: racks === 0 ? null : `rack-${index % racks}`,
    fenced: false,
  }));
}

function countBy<T>(items: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

Deno.test("every broker leads equally often and holds equally many replicas", () => {
  for (const [size, racks, factor] of [[6, 3, 3], [6, 0, 3], [4, 2, 2], [9, 3, 2]] as const) {
    const partitions = place(cluster(size, racks), size * 10, factor);
    const leaders = countBy(partitions.map(([leader]) => leader));
    assert.deepEqual(
      new Set(leaders.values()),
      new Set([10]),
      `leaders of ${size} brokers in ${racks} racks`,
    );
    const replicas = [...countBy(partitions.flat()).values()];
    assert.ok(Math.max(...replicas) - Math.min(...replicas) <= 10, `replicas ${replicas}`);
  }
});

Deno.test("replicas are on as many racks as there are, whatever the brokers", () => {
  const brokers = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 50 }).map((id) => id as NodeId),
      rack: fc.constantFrom("a", "b", "c", null),
      fenced: fc.boolean(),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 12 },
  );
  fc.assert(fc.property(brokers, fc.integer({ min: 1, max: 5 }), fc.integer(), (all, wanted, seed) => {
    const alive = all.filter(({ fenced }) => !fenced);
    if (alive.length === 0) return;
    const factor = Math.min(wanted, all.length);
    const rackOf = new Map(all.map(({ id, rack }) => [id, rack]));
    for (const replicas of place(all, 7, factor, Math.abs(seed))) {
      assert.equal(replicas.length, factor);
      assert.equal(new Set(replicas).size, factor);
      assert.ok(alive.some(({ id }) => id === replicas[0]), "the first replica can lead");
      const used = alive.filter(({ id }) => replicas.includes(id));
      assert.equal(used.length, Math.min(factor, alive.length), "fenced brokers come last");
      const racks = new Set(used.map(({ id }) => rackOf.get(id)));
      assert.equal(racks.size, Math.min(factor, new Set(alive.map(({ rack }) => rack)).size));
    }
  }));
});

Deno.test("what cannot be placed is refused with the reason", () => {
  const problem = (brokers: readonly PlacementBroker[], replicationFactor: number) => {
    const placement = placeReplicas(brokers, { count: 1, replicationFactor }, () => 0);
    return placement.ok ? "" : placement.problem;
  };
  assert.match(problem([], 1), /No brokers are registered/);
  assert.match(
    problem([{ id: 1 as NodeId, rack: null, fenced: true }], 1),
    /All brokers are currently fenced/,
  );
  assert.match(problem(cluster(2, 0), 3), /3 cannot be reached because only 2 broker/);
});
