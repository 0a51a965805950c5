import assert from "node:assert/strict";
import { DamagedReplicas } from "../../../src/broker/damaged_replicas.ts";
import type { Partition } from "../../../src/broker/partition.ts";
import { LOST_DIRECTORY } from "../../../src/metadata/directories.ts";
import type { MetadataChange } from "../../../src/metadata/change.ts";
import { silentLogger } from "../../../src/core/logger.ts";

const SELF = 1;
const HERE = "dddddddddddddddddddddA";
const something = { topics: new Map([["t", null]]), brokers: new Set() } as unknown as MetadataChange;

/** A damaged replica on node 1, and what is done about it. */
function world(isr: readonly number[], leader = SELF) {
  const done: string[] = [];
  const log = {
    damage: "at offset 7",
    directory: "/data/t-0",
    offline: null as unknown,
  };
  const state = { replicas: [1, 2], directories: [HERE, HERE], isr, leader };
  const fake = { topic: "t", index: 0, localId: SELF, closed: false, log, state };
  const partition = fake as unknown as Partition;
  const alive = new Set([1, 2]);
  const damaged = new DamagedReplicas({
    logger: silentLogger,
    isAlive: (id) => alive.has(id),
    tellDirectory: (one) => done.push(damaged.isLost(one) ? "tells that it is lost" : "tells where it is"),
    renew: () => done.push("renewed"),
  });
  const becomes = (next: Partial<typeof state>) => {
    fake.state = { ...fake.state, ...next };
    damaged.onMetadata(something);
    return done.splice(0);
  };
  return { damaged, partition, done, alive, becomes };
}

Deno.test("a damaged replica is given up, and replaced once the controller knows that it is lost", () => {
  const { damaged, partition, done, becomes } = world([1, 2]);
  damaged.onDamaged(partition);
  assert.deepEqual(done.splice(0), ["tells that it is lost"]);
  assert.deepEqual(
    becomes({ isr: [2], leader: 2 }),
    ["tells that it is lost"],
    "the answer is not there yet",
  );
  assert.deepEqual(becomes({ directories: [LOST_DIRECTORY, HERE], isr: [2], leader: -1 }), []);
  assert.deepEqual(becomes({ leader: 2 }), ["renewed"]);
  assert.equal(damaged.isLost(partition), false);
  assert.deepEqual(becomes({}), []);
});

Deno.test("the last replica in sync is kept, until another one is", () => {
  const { damaged, partition, done, alive, becomes } = world([1]);
  damaged.onDamaged(partition);
  assert.deepEqual(done, []);
  alive.delete(2);
  assert.deepEqual(becomes({ isr: [1, 2] }), [], "who is not there cannot take over");
  alive.add(2);
  assert.deepEqual(becomes({}), ["tells that it is lost"]);
});

Deno.test("what is damaged again and again is left to an operator", () => {
  const { damaged, partition, done, becomes } = world([1, 2]);
  for (let round = 0; round < 3; round++) {
    damaged.onDamaged(partition);
    becomes({ directories: [LOST_DIRECTORY, HERE], isr: [2], leader: 2 });
    becomes({ directories: [HERE, HERE], isr: [1, 2], leader: 1 });
  }
  done.length = 0;
  damaged.onDamaged(partition);
  assert.deepEqual(done, []);
});
