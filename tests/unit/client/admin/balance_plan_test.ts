/** Plans for even clusters: the properties that every plan must have, whatever the cluster looks like. */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addedReplicas,
  type BalanceBroker,
  type BalanceInput,
  type BalancePartition,
  type PartitionMove,
  planBalance,
  planDrain,
  planGrowth,
} from "../../../../src/client/admin/balance_plan.ts";

const RUNS = { numRuns: 150 };

function broker(id: number, more: Partial<BalanceBroker> = {}): BalanceBroker {
  return { id, rack: null, host: "localhost", isAlive: true, ...more };
}

/** `count` partitions of one topic, their replicas in turn on the brokers. */
function turns(topic: string, count: number, factor: number, ids: readonly number[]): BalancePartition[] {
  return Array.from({ length: count }, (_, index) => ({
    topic,
    index,
    replicas: Array.from({ length: factor }, (_, at) => ids[(index + at) % ids.length]!),
  }));
}

function afterMoves(cluster: BalanceInput, moves: readonly PartitionMove[]): BalanceInput {
  const byKey = new Map(moves.map((move) => [`${move.topic}-${move.index}`, move.to]));
  const partitions = cluster.partitions.map((partition) => ({
    ...partition,
    replicas: byKey.get(`${partition.topic}-${partition.index}`) ?? partition.replicas,
  }));
  return { ...cluster, partitions };
}

function replicaCounts({ brokers, partitions }: BalanceInput): Map<number, number> {
  const counts = new Map(brokers.map(({ id }) => [id, 0]));
  for (const { replicas } of partitions) for (const id of replicas) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function domains(cluster: BalanceInput, partition: BalancePartition, of: "rack" | "host"): number {
  const byId = new Map(cluster.brokers.map((one) => [one.id, one]));
  return new Set(partition.replicas.map((id) => byId.get(id)?.[of] ?? byId.get(id)?.host ?? `?${id}`)).size;
}

/** A cluster of any shape: racks, hosts, dead brokers, weights, and partitions anywhere. */
const anyCluster: fc.Arbitrary<BalanceInput> = fc.tuple(
  fc.array(
    fc.record({
      host: fc.constantFrom("a1", "a2", "a3", "b1", "b2", "c1"),
      hasRack: fc.constantFrom(true, true, true, false),
      isAlive: fc.constantFrom(true, true, true, false),
      weight: fc.constantFrom(0, 1, 1, 1, 2),
    }),
    { minLength: 1, maxLength: 9 },
  ),
  fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(), fc.nat(1000)), { maxLength: 40 }),
).map(([list, shapes]) => {
  // A host is in one rack, if anybody has said so.
  const brokers = list.map(({ hasRack, ...one }, id) => ({
    id,
    ...one,
    rack: hasRack ? one.host[0]! : null,
  }));
  const partitions = shapes.map(([factor, seed, sizeBytes], index) => {
    const ids = brokers.map(({ id }) => id);
    const first = seed % ids.length;
    const step = 1 + seed % Math.max(1, ids.length - 1);
    const replicas = new Set<number>();
    for (let at = 0; replicas.size < Math.min(factor, ids.length) && at < 40; at++) {
      replicas.add(ids[(first + at * step + (at >= ids.length ? 1 : 0)) % ids.length]!);
    }
    return { topic: `t${seed % 3}`, index, replicas: [...replicas], sizeBytes };
  });
  return { brokers, partitions };
});

Deno.test("a plan keeps replication factors, names no broker twice and only live ones as new", () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const live = new Set(
        cluster.brokers.filter((one) => one.isAlive && one.weight !== 0).map(({ id }) => id),
      );
      for (const move of [...planBalance(cluster), ...planDrain(cluster, 0)]) {
        assert.equal(move.to.length, move.from.length);
        assert.equal(new Set(move.to).size, move.to.length);
        for (const id of addedReplicas(move)) assert.ok(live.has(id), `${id} takes replicas`);
      }
    }),
    RUNS,
  );
});

/** The sum of the squares of replicas that share a domain: the less the better they are spread. */
function crowding(cluster: BalanceInput, partition: BalancePartition, of: "rack" | "host"): number {
  const byId = new Map(cluster.brokers.map((one) => [one.id, one]));
  const groups = Map.groupBy(
    partition.replicas,
    (id) => byId.get(id)?.[of] ?? byId.get(id)?.host ?? `?${id}`,
  );
  return [...groups.values()].reduce((sum, { length }) => sum + length ** 2, 0);
}

Deno.test("no partition ends with its replicas closer together: racks first, then hosts", () => {
  fc.assert(
    fc.property(anyCluster, (whole) => {
      // A replica that has to go may have no other place than beside another one.
      const cluster = {
        ...whole,
        brokers: whole.brokers.map((one) => ({ ...one, weight: one.weight || 1 })),
      };
      const after = afterMoves(cluster, planBalance(cluster));
      cluster.partitions.forEach((partition, at) => {
        const moved = after.partitions[at]!;
        const racks = crowding(cluster, moved, "rack") - crowding(cluster, partition, "rack");
        const hosts = crowding(cluster, moved, "host") - crowding(cluster, partition, "host");
        assert.ok(racks < 0 || (racks === 0 && hosts <= 0), `${partition.replicas} -> ${moved.replicas}`);
        assert.ok(domains(cluster, moved, "rack") >= domains(cluster, partition, "rack"));
      });
    }),
    RUNS,
  );
});

Deno.test("a cluster that follows a plan needs no other one", () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      assert.deepEqual(planBalance(afterMoves(cluster, planBalance(cluster))), []);
    }),
    RUNS,
  );
});

Deno.test("a plan does not depend on the order in which brokers and partitions are listed", () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const reversed = {
        brokers: [...cluster.brokers].reverse(),
        partitions: [...cluster.partitions].reverse(),
      };
      assert.deepEqual(planBalance(reversed), planBalance(cluster));
    }),
    RUNS,
  );
});

Deno.test("a broker that joins gets its share, and nobody else gets anything", () => {
  fc.assert(
    fc.property(
      fc.record({
        before: fc.integer({ min: 1, max: 8 }),
        factor: fc.integer({ min: 1, max: 3 }),
        count: fc.integer({ min: 1, max: 60 }),
      }),
      ({ before, factor, count }) => {
        const ids = Array.from({ length: before }, (_, id) => id);
        const brokers = [...ids, before].map((id) => broker(id));
        const even = {
          brokers: brokers.slice(0, before),
          partitions: turns("t", count, Math.min(factor, before), ids),
        };
        const partitions = afterMoves(even, planBalance(even)).partitions;
        const moves = planBalance({ brokers, partitions }, { balanceLeaders: false });
        const replicas = partitions.flatMap((partition) => partition.replicas).length;
        const added = moves.flatMap(addedReplicas);
        assert.ok(added.every((id) => id === before), `only the new broker gets replicas: ${added}`);
        assert.ok(added.length <= Math.ceil(replicas / (before + 1)), `${added.length} of ${replicas} move`);
        assert.ok(added.length >= Math.floor(replicas / (before + 1)));
      },
    ),
    RUNS,
  );
});

Deno.test("replicas and leaderships are even afterwards where nothing stands against it", () => {
  const ids = [0, 1, 2];
  const brokers = [0, 1, 2, 3, 4].map((id) => broker(id, { host: `h${id}` }));
  const cluster = { brokers, partitions: [...turns("a", 40, 3, ids), ...turns("b", 7, 1, [0])] };
  const after = afterMoves(cluster, planBalance(cluster));
  const counts = [...replicaCounts(after).values()];
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
  const leaders = ids.map((id) => after.partitions.filter(({ replicas }) => replicas[0] === id).length);
  assert.ok(Math.max(...leaders) - Math.min(...leaders) <= 1, `${leaders}`);
  // The topic with many partitions is on the new brokers as much as on the old ones.
  const ofTopic = [3, 4].map((id) =>
    after.partitions.filter(({ topic, replicas }) => topic === "a" && replicas.includes(id)).length
  );
  assert.ok(ofTopic.every((count) => count >= 22), `${ofTopic}`);
});

Deno.test("replicas that share a rack are taken apart when another rack appears", () => {
  const brokers = [broker(0, { rack: "a" }), broker(1, { rack: "a" }), broker(2, { rack: "b" })];
  const cluster = { brokers, partitions: [{ topic: "t", index: 0, replicas: [0, 1] }] };
  const after = afterMoves(cluster, planBalance(cluster));
  assert.equal(domains(cluster, after.partitions[0]!, "rack"), 2);
});

Deno.test("a broker that is down keeps its replicas, one that is unknown is replaced", () => {
  const brokers = [broker(0), broker(1), broker(2, { isAlive: false }), broker(3)];
  const partitions = [{ topic: "t", index: 0, replicas: [0, 2] }, { topic: "t", index: 1, replicas: [9, 1] }];
  const moves = planBalance({ brokers, partitions }, { balanceLeaders: false });
  assert.deepEqual(moves.map(({ index, to }) => [index, to]), [[1, [3, 1]]]);
});

Deno.test("weights give shares", () => {
  const brokers = [broker(0), broker(1, { weight: 3 })];
  const counts = (
    cluster: BalanceInput,
  ) => [...replicaCounts(afterMoves(cluster, planBalance(cluster))).values()];
  assert.deepEqual(counts({ brokers, partitions: turns("t", 40, 1, [0]) }), [10, 30]);
});

Deno.test("bytes are evened out where there is a choice", () => {
  const sizes = [100, 1, 1, 1, 100, 1, 1, 1];
  const partitions = sizes.map((sizeBytes, index) => ({
    topic: `t${index}`,
    index: 0,
    replicas: [0],
    sizeBytes,
  }));
  const cluster = { brokers: [broker(0), broker(1)], partitions };
  const after = afterMoves(cluster, planBalance(cluster));
  const bytes = after.partitions.filter(({ replicas }) => replicas[0] === 1)
    .reduce((sum, { sizeBytes }) => sum + sizeBytes!, 0);
  assert.equal(bytes, 103);
});

Deno.test("fixed partitions count but stay, and a plan can be cut short", () => {
  const partitions = turns("t", 8, 1, [0]).map((one) => ({ ...one, isFixed: one.index < 4 }));
  const cluster = { brokers: [broker(0), broker(1)], partitions };
  assert.deepEqual(planBalance(cluster).map(({ index }) => index), [4, 5, 6, 7]);
  assert.equal(planBalance(cluster, { maxMoves: 1 }).length, 1);
});

Deno.test("draining empties a broker into those that spread best, and moves nothing else", () => {
  const racks = ["a", "b", "c", "a", "b", "c"];
  const brokers = racks.map((rack, id) => broker(id, { rack }));
  const cluster = { brokers, partitions: turns("t", 30, 3, [0, 1, 2, 3, 4, 5]) };
  const moves = planDrain(cluster, 1);
  const after = afterMoves(cluster, moves);
  assert.equal(replicaCounts(after).get(1), 0);
  assert.ok(moves.every(({ from }) => from.includes(1)));
  for (const partition of after.partitions) assert.equal(domains(cluster, partition, "rack"), 3);
});

Deno.test("what no other broker can take stays on a drained broker", () => {
  const brokers = [broker(0), broker(1), broker(2)];
  const partitions = [{ topic: "t", index: 0, replicas: [0, 1, 2] }, { topic: "t", index: 1, replicas: [0] }];
  assert.deepEqual(planDrain({ brokers, partitions }, 0).map(({ index }) => index), [1]);
});

Deno.test("growth adds replicas where they spread best, moves none, and stops at the number of live brokers", () => {
  fc.assert(
    fc.property(anyCluster, fc.integer({ min: 1, max: 5 }), (cluster, factor) => {
      const live = cluster.brokers.filter((one) => one.isAlive && one.weight !== 0);
      for (const { topic, from, to } of planGrowth(cluster, new Map([["t1", factor]]))) {
        assert.equal(topic, "t1");
        assert.deepEqual(to.slice(0, from.length), from);
        assert.ok(to.length <= factor);
        assert.ok(to.length === factor || live.every(({ id }) => to.includes(id)));
      }
    }),
    RUNS,
  );
  const brokers = ["a", "a", "b", "c"].map((rack, id) => broker(id, { rack }));
  const partitions = turns("t", 6, 1, [0]);
  const grown = afterMoves({ brokers, partitions }, planGrowth({ brokers, partitions }, new Map([["t", 3]])));
  for (const { replicas } of grown.partitions) assert.deepEqual([...replicas].sort(), [0, 2, 3]);
});
