/** How a follower copies what its leader has, whatever the leader answers (KIP-227, KIP-279, KIP-595). */

import assert from "node:assert/strict";
import type { Partition } from "../../../../src/broker/partition.ts";
import { LeaderFetcher } from "../../../../src/broker/replication/leader_fetcher.ts";
import { ReplicationQuota } from "../../../../src/broker/replication/replication_quota.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import { nodeId, type Uuid } from "../../../../src/core/ids.ts";
import { MemoryNetwork } from "../../../../src/platform/memory_network.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { fetch, type FetchRequest, type FetchResponse } from "../../../../src/protocol/messages/01_fetch.ts";
import { listOffsets } from "../../../../src/protocol/messages/02_list_offsets.ts";
import { registryWithApiVersions } from "../../../../src/server/api_versions.ts";
import { handler } from "../../../../src/server/registry.ts";
import { Server } from "../../../../src/server/server.ts";
import { batchOf, ManualTime } from "../../../harness/log_world.ts";
import { replicaOn, stateOf, type TestReplica } from "../../../harness/replica.ts";

type Data = FetchResponse["responses"][number]["partitions"][number];

const TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAJg" as Uuid;
const features = () => ({ supported: [], finalized: new Map(), finalizedEpoch: -1 });

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 300; turn++) await Promise.resolve();
}

/** A leader that answers as the test says, one request at a time, and a fetcher of node 2 that fetches from it. */
class World implements AsyncDisposable {
  readonly time = new ManualTime();
  /** What was asked, in order. */
  readonly requests: FetchRequest[] = [];
  /** Where the leader's log begins and ends, for ListOffsets. */
  readonly range = { start: 0, end: 0 };
  readonly fetcher: LeaderFetcher;
  readonly #network = new MemoryNetwork();
  readonly #server: Server;
  readonly #waiting: ((response: FetchResponse) => void)[] = [];

  constructor() {
    this.#server = new Server({
      clock: this.time.clock,
      timers: this.time,
      network: this.#network,
      logger: silentLogger,
      limits: {
        maxRequestBytes: 1e6,
        maxConnections: 10,
        maxConnectionsPerIp: 10,
        maxIdleMs: 1e9,
        maxInFlight: 10,
      },
    });
    const address = this.#server.bind("PLAINTEXT", { host: "memory", port: 0 });
    const answerFetch = handler(fetch, (request) => {
      this.requests.push(request);
      return new Promise<FetchResponse>((resolve) => this.#waiting.push(resolve));
    });
    const answerOffsets = handler(listOffsets, ({ topics }) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => ({
          partitionIndex,
          errorCode: ErrorCode.NONE,
          timestamp: -1,
          offset: timestamp === -1 ? this.range.end : this.range.start,
          leaderEpoch: 1,
        })),
      })),
    }));
    this.#server.serve("PLAINTEXT", registryWithApiVersions([answerFetch, answerOffsets], features));
    const unlimited = () => new ReplicationQuota(this.time.clock, () => Infinity);
    this.fetcher = new LeaderFetcher({
      leaderId: nodeId(1),
      self: () => ({ id: nodeId(2), epoch: 20 }),
      address: () => address,
      logger: silentLogger,
      quotas: { leader: unlimited(), follower: unlimited(), rebalance: unlimited() },
      connection: {
        network: this.#network,
        timers: this.time,
        clientId: "follower",
        softwareVersion: "1.0",
        requestTimeoutMs: 30_000,
      },
      settings: { maxBytes: 1e6, maxResponseBytes: 1e7, maxWaitMs: 500, minBytes: 1, backoffMs: 1000 },
    });
  }

  /** Node 2's replica of a partition that node 1 leads in epoch 1. */
  async replica(index = 0): Promise<TestReplica> {
    const replica = await replicaOn(2, stateOf(), { time: this.time });
    Object.assign(replica.partition, { topicId: TOPIC_ID, index });
    return replica;
  }

  async follow(partition: Partition): Promise<void> {
    this.fetcher.follow(partition);
    await settle();
  }

  /** Answers the oldest request that waits, with what there is of each partition. */
  async answer(data: Record<number, Partial<Data>>, options: Partial<FetchResponse> = {}): Promise<void> {
    const respond = this.#waiting.shift();
    assert.ok(respond !== undefined, "a request waits");
    const partitions = Object.entries(data).map(([index, one]): Data => ({
      partitionIndex: Number(index),
      errorCode: ErrorCode.NONE,
      highWatermark: 0,
      logStartOffset: 0,
      abortedTransactions: null,
      records: new Uint8Array(0),
      ...one,
    }));
    const responses = partitions.length === 0 ? [] : [{ topic: "", topicId: TOPIC_ID, partitions }];
    respond({ sessionId: 7, responses, ...options });
    await settle();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** What the last request names: `index@offset epoch`. */
  get asked(): string[] {
    return this.requests.at(-1)!.topics.flatMap(({ partitions }) =>
      partitions.map((one) => `${one.partition}@${one.fetchOffset} ${one.lastFetchedEpoch}`)
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fetcher.close();
    await this.#server.stop(0);
  }
}

/** A batch as a leader in `epoch` has written it. */
function written(baseOffset: number, values: readonly string[], epoch = 1): Uint8Array {
  return batchOf(values, { baseOffset, partitionLeaderEpoch: epoch });
}

Deno.test("what comes is appended, and the next request says so at once", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  await world.follow(partition);
  assert.deepEqual(world.asked, ["0@0 -1"]);
  assert.equal(world.requests[0]!.replicaState.replicaEpoch, 20);
  await world.answer({ 0: { records: written(0, ["a", "b"]), highWatermark: 1 } });
  assert.equal(log.logEndOffset, 2);
  assert.equal(log.highWatermark, 1);
  assert.deepEqual(world.asked, ["0@2 1"]);
  assert.equal(world.requests[1]!.sessionEpoch, 1);
  await world.answer({ 0: { highWatermark: 2 } });
  assert.equal(log.highWatermark, 2);
  assert.deepEqual(world.asked, [], "what has not changed is not said again");
});

Deno.test("a log that differs is cut, and fetched from there", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  log.appendAsFollower(written(0, ["a"], 0));
  log.appendAsFollower(written(1, ["lost"], 0));
  await world.follow(partition);
  assert.deepEqual(world.asked, ["0@2 0"]);
  await world.answer({ 0: { divergingEpoch: { epoch: 0, endOffset: 1 }, highWatermark: 2 } });
  assert.equal(log.logEndOffset, 1);
  // The request that went out meanwhile names nothing.
  while (world.asked.length === 0) await world.answer({});
  assert.deepEqual(world.asked, ["0@1 0"]);
  await world.answer({ 0: { records: written(1, ["kept"]) } });
  assert.equal(log.logEndOffset, 2);
});

Deno.test("a damaged batch is not appended, and asked for again after a while", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  await world.follow(partition);
  const damaged = written(0, ["a"]);
  damaged[damaged.length - 1]! ^= 1;
  await world.answer({ 0: { records: damaged } });
  assert.equal(log.logEndOffset, 0);
  assert.equal(world.waiting, 0, "there is nothing else to ask for");
  world.time.advance(1000);
  await settle();
  assert.deepEqual(world.asked, ["0@0 -1"]);
});

Deno.test("a partition that the leader does not serve yet waits; the others go on", async () => {
  await using world = new World();
  const [first, second] = [await world.replica(0), await world.replica(1)];
  await world.follow(first.partition);
  await world.follow(second.partition);
  await world.answer({ 0: { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER } });
  await world.answer({ 1: { records: written(0, ["b"]) } });
  assert.equal(second.log.logEndOffset, 1);
  assert.deepEqual(world.asked, ["1@1 1"]);
  world.time.advance(20);
  await settle();
  assert.deepEqual(world.asked, ["0@0 -1"], "it overtakes the request that waits");
});

Deno.test("a fenced epoch is asked for no more until the metadata tell of the next one", async () => {
  await using world = new World();
  const { partition } = await world.replica();
  await world.follow(partition);
  await world.answer({ 0: { errorCode: ErrorCode.FENCED_LEADER_EPOCH } });
  world.time.advance(60_000);
  await settle();
  assert.equal(world.requests.length, 1);
  partition.update(stateOf({ leaderEpoch: 2, partitionEpoch: 1 }));
  await world.follow(partition);
  assert.equal(world.requests[1]!.topics[0]!.partitions[0]!.currentLeaderEpoch, 2);
  assert.deepEqual(world.requests[1]!.forgottenTopicsData, [], "what is named again is not forgotten");
});

Deno.test("a follower that was left behind begins anew where its leader's log begins", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  log.appendAsFollower(written(0, ["old"]));
  Object.assign(world.range, { start: 50, end: 60 });
  await world.follow(partition);
  await world.answer({ 0: { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE } });
  world.time.advance(20);
  await settle();
  assert.deepEqual([log.logStartOffset, log.logEndOffset, log.highWatermark], [50, 50, 50]);
  assert.deepEqual(world.asked, ["0@50 -1"]);
});

Deno.test("a follower beyond the end of its leader's log is cut there", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  for (let offset = 0; offset < 5; offset++) log.appendAsFollower(written(offset, ["x"]));
  Object.assign(world.range, { start: 0, end: 3 });
  await world.follow(partition);
  await world.answer({ 0: { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE } });
  world.time.advance(20);
  await settle();
  assert.equal(log.logEndOffset, 3);
});

Deno.test("what two answers bring is appended once", async () => {
  await using world = new World();
  const [first, second] = [await world.replica(0), await world.replica(1)];
  await world.follow(first.partition);
  await world.answer({});
  await world.follow(second.partition);
  assert.equal(world.waiting, 2, "a new partition does not wait for the idle ones");
  const records = written(0, ["a"]);
  await world.answer({ 0: { records: records.slice() } });
  await world.answer({ 0: { records, highWatermark: 1 } });
  assert.equal(first.log.logEndOffset, 1);
  assert.equal(first.log.highWatermark, 1, "how far it is replicated is not said again");
});

Deno.test("a leader that has forgotten the session is told everything again", async () => {
  await using world = new World();
  const { partition } = await world.replica();
  await world.follow(partition);
  await world.answer({});
  assert.deepEqual(world.asked, []);
  await world.answer({}, { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0 });
  assert.equal(world.requests.at(-1)!.sessionEpoch, 0);
  assert.deepEqual(world.asked, ["0@0 -1"]);
});

Deno.test("a leader that keeps no sessions is told everything each time", async () => {
  await using world = new World();
  const { partition } = await world.replica();
  await world.follow(partition);
  await world.answer({}, { sessionId: 0 });
  assert.equal(world.requests.at(-1)!.sessionEpoch, 0);
  assert.deepEqual(world.asked, ["0@0 -1"]);
});

Deno.test("an answer to somebody who leads by now changes nothing", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  await world.follow(partition);
  partition.update(stateOf({ leader: 2, leaderEpoch: 2, partitionEpoch: 1 }));
  world.fetcher.unfollow(partition);
  await world.answer({ 0: { records: written(0, ["late"]), highWatermark: 1 } });
  assert.equal(log.logEndOffset, 0);
  assert.equal(world.waiting, 0);
});

Deno.test("a leader's log start is taken over, and told back", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  await world.follow(partition);
  await world.answer({ 0: { records: written(0, ["a", "b", "c"]), highWatermark: 3 } });
  await world.answer({ 0: { highWatermark: 3, logStartOffset: 2 } });
  assert.equal(log.logStartOffset, 2);
  assert.equal(world.requests.at(-1)!.topics[0]!.partitions[0]!.logStartOffset, 2);
});

Deno.test("what retention removed here is told although nothing comes (KIP-392, seed 700020)", async () => {
  await using world = new World();
  const { partition, log } = await world.replica();
  await world.follow(partition);
  await world.answer({ 0: { records: written(0, ["a", "b", "c"]), highWatermark: 3 } });
  await world.answer({ 0: { highWatermark: 3 } });
  log.raiseLogStartOffset(2);
  world.fetcher.tell(partition);
  await settle();
  await world.answer({});
  const told = world.requests.flatMap(({ topics }) => topics).flatMap(({ partitions }) => partitions);
  assert.equal(told.at(-1)!.logStartOffset, 2);
});
