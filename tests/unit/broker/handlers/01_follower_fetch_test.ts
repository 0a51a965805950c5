/** What a follower's fetch costs its leader, and what it is told (KIP-227, KIP-392, KIP-903). */

import assert from "node:assert/strict";
import type { BrokerContext } from "../../../../src/broker/context.ts";
import { planFetch } from "../../../../src/broker/fetch_plan.ts";
import { FetchSessions } from "../../../../src/broker/fetch_session.ts";
import { fetchHandler } from "../../../../src/broker/handlers/01_fetch.ts";
import { BrokerCounters } from "../../../../src/broker/metrics/traffic.ts";
import { ReplicationQuota } from "../../../../src/broker/replication/replication_quota.ts";
import type { Uuid } from "../../../../src/core/ids.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { FetchRequest, FetchResponse } from "../../../../src/protocol/messages/01_fetch.ts";
import { batchOf, ManualTime } from "../../../harness/log_world.ts";
import { replicaOn, stateOf, type TestReplica } from "../../../harness/replica.ts";

const TOPIC_ID = "topic" as Uuid;

/** A leader of some partitions, and a connection of follower 2. */
class World {
  readonly time = new ManualTime();
  readonly replicas: TestReplica[] = [];
  readonly broker: BrokerContext;
  readonly limit = { rate: Infinity };
  readonly selector: { name: string | null } = { name: null };
  readonly #closeTasks = new Set<() => void>();
  readonly connection = {
    onClose: (task: () => void) => {
      this.#closeTasks.add(task);
      return () => this.#closeTasks.delete(task);
    },
  };
  sessionId = 0;
  #epoch = 0;

  private constructor() {
    const find = (_: string, index: number) => this.replicas[index]?.partition;
    const leader = (_: string, index: number) =>
      this.replicas[index]?.partition ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const settings: Record<string, unknown> = { "max.incremental.fetch.session.cache.slots": 10 };
    const unlimited = new ReplicationQuota(this.time.clock, () => Infinity);
    this.broker = {
      platform: { clock: this.time.clock, timers: this.time },
      config: {
        get: (name: string) => name === "replica.selector.class" ? this.selector.name : settings[name] ?? 1e6,
      },
      metadata: { topicById: () => undefined, topic: () => undefined, image: { brokers: new Map() } },
      fetchSessions: new FetchSessions(new Prng(1)),
      replicas: {
        find,
        findById: find,
        leaderOf: leader,
        leaderById: leader,
        onHeard() {},
        counters: new BrokerCounters(),
        quotas: {
          leader: new ReplicationQuota(this.time.clock, () => this.limit.rate),
          follower: unlimited,
          rebalance: unlimited,
        },
      },
    } as unknown as BrokerContext;
  }

  static async with(partitions: number, isr = [1, 2]): Promise<World> {
    const world = new World();
    for (let index = 0; index < partitions; index++) {
      const replica = await replicaOn(1, stateOf({ replicas: [1, 2], isr }), { time: world.time });
      Object.assign(replica.partition, { index });
      world.replicas.push(replica);
    }
    return world;
  }

  append(index: number, value = "v"): void {
    this.replicas[index]!.partition.append(batchOf([value]));
  }

  /** The follower's next request: partitions it names with their offsets, and those it forgets. */
  request(named: Record<number, number>, forgotten: readonly number[] = []): FetchRequest {
    const partitions = Object.entries(named).map(([index, fetchOffset]) => ({
      partition: Number(index),
      fetchOffset,
      currentLeaderEpoch: 1,
      lastFetchedEpoch: fetchOffset === 0 ? -1 : 1,
      logStartOffset: 0,
      partitionMaxBytes: 1e6,
    }));
    return {
      replicaId: -1,
      replicaState: { replicaId: 2, replicaEpoch: 5 },
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 1e6,
      isolationLevel: 0,
      sessionId: this.sessionId,
      sessionEpoch: this.#epoch++,
      topics: partitions.length === 0 ? [] : [{ topic: "", topicId: TOPIC_ID, partitions }],
      forgottenTopicsData: forgotten.length === 0 ? [] : [{ topicId: TOPIC_ID, partitions: [...forgotten] }],
      rackId: "",
    } as unknown as FetchRequest;
  }

  /** What an answer says, as `index:bytes?/highWatermark` or `index:error`. */
  async fetch(named: Record<number, number>, forgotten?: readonly number[]): Promise<string> {
    const context = { apiVersion: 17, connection: this.connection } as never;
    const response = await fetchHandler(this.broker)
      .handle(this.request(named, forgotten), context) as FetchResponse;
    assert.equal(response.errorCode, ErrorCode.NONE);
    this.sessionId = response.sessionId!;
    return response.responses.flatMap(({ partitions }) =>
      partitions.map((one) =>
        one.errorCode !== ErrorCode.NONE
          ? `${one.partitionIndex}:error ${one.errorCode}`
          : `${one.partitionIndex}:${one.records!.byteLength > 0 ? "data" : "none"}/${one.highWatermark}`
      )
    ).join(" ");
  }

  /** How many partitions the next request makes the leader look at. */
  looksAt(named: Record<number, number> = {}): number {
    const context = { apiVersion: 17, connection: this.connection } as never;
    const plan = planFetch(this.broker, this.request(named), context);
    assert.notEqual(typeof plan, "number");
    return typeof plan === "number" ? -1 : plan.partitions.length;
  }

  /** A fetch that has nothing to wait for but its time. */
  async expire(waiting: Promise<string>): Promise<string> {
    await Promise.resolve();
    this.time.advance(500);
    return await waiting;
  }

  close(): void {
    for (const task of [...this.#closeTasks]) task();
  }
}

/** The follower names all partitions at their beginnings, and hears of each. */
async function begin(world: World): Promise<void> {
  const all = Object.fromEntries(world.replicas.map((_, index) => [index, 0]));
  await world.expire(world.fetch(all));
}

Deno.test("a leader looks only at the partitions that have changed, or that the follower names", async () => {
  const world = await World.with(50);
  await begin(world);
  assert.equal(world.looksAt(), 0);
  world.append(7);
  assert.equal(world.looksAt(), 1);
  assert.equal(world.looksAt({ 3: 0 }), 2);
});

Deno.test("a waiting follower gets all that one turn appends, in one answer", async () => {
  const world = await World.with(3);
  await begin(world);
  const waiting = world.fetch({});
  world.append(0);
  world.append(2);
  assert.equal(await waiting, "0:data/0 2:data/0");
});

Deno.test("what was given is not given again before the follower asks on", async () => {
  const world = await World.with(2);
  world.append(0);
  await world.fetch({ 0: 0, 1: 0 });
  world.append(0);
  const second = world.fetch({});
  world.append(1);
  assert.equal(await second, "1:data/0");
  assert.equal(await world.fetch({ 0: 1, 1: 1 }), "0:data/1 1:none/1");
});

Deno.test("how far a partition is replicated is told with the next answer, not by one of its own", async () => {
  const world = await World.with(2);
  world.append(0);
  await world.fetch({ 0: 0, 1: 0 });
  let isAnswered = false;
  const waiting = world.fetch({ 0: 1 }).finally(() => isAnswered = true);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  assert.equal(world.replicas[0]!.partition.highWatermark, 1);
  assert.equal(isAnswered, false);
  assert.equal(await world.expire(waiting), "0:none/1");
});

Deno.test("with a replica selector a follower hears at once how far it may serve (KIP-392)", async () => {
  const world = await World.with(1);
  world.selector.name = "org.apache.kafka.common.replica.RackAwareReplicaSelector";
  world.append(0);
  await world.fetch({ 0: 0 });
  assert.equal(await world.fetch({ 0: 1 }), "0:none/1");
});

Deno.test("the first answer of a session does not wait, so that the next request may overtake", async () => {
  const world = await World.with(1);
  assert.equal(await world.fetch({ 0: 0 }), "0:none/0");
  assert.notEqual(world.sessionId, 0);
});

Deno.test("a request overtakes the one before it that waits", async () => {
  const world = await World.with(2);
  await world.expire(world.fetch({ 0: 0 }));
  const first = world.fetch({});
  const second = world.fetch({ 1: 0 });
  assert.equal(await first, "");
  world.append(1);
  assert.equal(await second, "1:data/0");
});

Deno.test("a partition that is forgotten is heard of no more", async () => {
  const world = await World.with(2);
  await begin(world);
  const waiting = world.fetch({}, [1]);
  world.append(1);
  assert.equal(world.replicas[1]!.partition.replicas.size, 0);
  assert.equal(await world.expire(waiting), "");
});

Deno.test("a follower that has gone is listened for no more", async () => {
  const world = await World.with(3);
  await begin(world);
  assert.equal(world.replicas[0]!.partition.replicas.size, 1);
  world.close();
  assert.deepEqual(world.replicas.map(({ partition }) => partition.replicas.size), [0, 0, 0]);
  assert.equal(world.broker.fetchSessions.size, 0);
});

Deno.test("a leadership that ends is told at once", async () => {
  const world = await World.with(2);
  await begin(world);
  const waiting = world.fetch({});
  Object.assign(world.broker.replicas, {
    leaderById: (_: string, index: number) =>
      index === 1 ? ErrorCode.NOT_LEADER_OR_FOLLOWER : world.replicas[index]!.partition,
  });
  world.replicas[1]!.partition.update(
    stateOf({ replicas: [1, 2], leader: 2, leaderEpoch: 2, partitionEpoch: 1 }),
  );
  assert.equal(await waiting, `1:error ${ErrorCode.NOT_LEADER_OR_FOLLOWER}`);
});

Deno.test("a throttled follower that is not in sync waits for the quota, and then gets everything (KIP-73)", async () => {
  const world = await World.with(1, [1]);
  const { partition } = world.replicas[0]!;
  partition.settings = { minInSyncReplicas: 1, throttled: { leader: true, follower: false } };
  world.limit.rate = 10;
  world.append(0);
  world.append(0);
  assert.equal(await world.expire(world.fetch({ 0: 0 })), "0:none/2", "nothing has been saved up yet");
  assert.equal(await world.fetch({}), "0:data/2");
  world.append(0);
  assert.equal(await world.expire(world.fetch({ 0: 1 })), "0:none/3", "the last read is being paid for");
  world.limit.rate = Infinity;
  assert.equal(await world.fetch({}), "0:data/3");
});
