/** What empties a broker, and what to say when nothing can. */

import assert from "node:assert/strict";
import { drainMoves } from "../../../../src/cli/cluster/drain.ts";
import { CommandError } from "../../../../src/cli/exit.ts";

function facts(
  brokers: readonly number[],
  partitions: readonly (readonly number[])[],
  dead: readonly number[] = [],
) {
  return {
    brokers: brokers.map((id) => ({ id, rack: null, host: `h${id}`, isAlive: !dead.includes(id) })),
    partitions: partitions.map((replicas, index) => ({ topic: "t", index, replicas, sizeBytes: 10 })),
    topics: [],
    sizes: [],
  };
}

const options = { node: 3, fewerReplicas: false, throttle: null };

Deno.test("drain: each replica goes to a broker that has none", () => {
  const moves = drainMoves(facts([1, 2, 3, 4], [[1, 3], [3, 2], [1, 2]]), options);
  assert.deepEqual(moves.map((one) => one.partition), [0, 1]);
  for (const { replicas, current, adding, removing } of moves) {
    assert.equal(replicas.length, current.length);
    assert.deepEqual(removing, [3]);
    assert.equal(adding.length, 1);
    assert.ok(!current.includes(adding[0]!));
  }
});

Deno.test("drain: with nowhere to go it is refused, or leaves one replica less", () => {
  const cluster = facts([1, 2, 3], [[1, 2, 3], [3, 1]]);
  assert.throws(
    () => drainMoves(cluster, options),
    (error: Error) =>
      error instanceof CommandError && /replica of t-0 from broker 3\n.*--fewer-replicas/.test(error.message),
  );
  const moves = drainMoves(cluster, { ...options, fewerReplicas: true });
  assert.deepEqual(moves.find((one) => one.partition === 0)?.replicas, [1, 2]);
  assert.deepEqual(moves.find((one) => one.partition === 1)?.replicas.toSorted(), [1, 2]);
});

Deno.test("drain: the last replica is never dropped", () => {
  const cluster = facts([2, 3], [[3]], [2]);
  assert.throws(() => drainMoves(cluster, { ...options, fewerReplicas: true }), /Add a broker first\.$/);
  assert.deepEqual(drainMoves(cluster, { ...options, givenUp: new Set(["t-0"]) }), []);
});

Deno.test("drain: a partition that is on its way already is moved on", () => {
  const cluster = facts([1, 2, 3], [[3, 1]]);
  const fixed = { ...cluster, partitions: cluster.partitions.map((one) => ({ ...one, isFixed: true })) };
  assert.deepEqual(drainMoves(fixed, options)[0]?.replicas.toSorted(), [1, 2]);
});

Deno.test("drain: a broker that nobody knows is refused", () => {
  assert.throws(() => drainMoves(facts([1, 2], []), options), /there is no broker 3; the cluster has 1, 2/);
});
