/** What a Fetch that waits leaves behind: nothing, for consumers poll the same connection for days. */

import assert from "node:assert/strict";
import type { BrokerContext } from "../../../../src/broker/context.ts";
import { BrokerCounters, Traffic } from "../../../../src/broker/metrics/traffic.ts";
import { FetchPlace } from "../../../../src/broker/fetch_watch.ts";
import { fetchHandler } from "../../../../src/broker/handlers/01_fetch.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { FetchRequest, FetchResponse } from "../../../../src/protocol/messages/01_fetch.ts";

/** A broker that leads one empty partition, and the timer that it set last. */
function brokerWithEmptyPartition() {
  const watches = new FetchPlace();
  const partition = {
    readers: watches,
    highWatermark: 0,
    lastStableOffset: 0,
    checkEpoch: () => ErrorCode.NONE,
    traffic: new Traffic(),
    log: {
      logStartOffset: 0,
      logEndOffset: 0,
      read: () => ({ kind: "records", records: new Uint8Array(0) }),
    },
  };
  const timer = { expire: () => {} };
  const broker = {
    platform: {
      clock: { monotonicMs: () => 0 },
      timers: {
        after(_: number, task: () => void) {
          timer.expire = task;
          return { cancel() {} };
        },
      },
    },
    config: { get: (name: string) => name === "replica.selector.class" ? null : 1_000_000 },
    replicas: { leaderOf: () => partition, find: () => partition, counters: new BrokerCounters() },
  };
  return { broker: broker as unknown as BrokerContext, watches, timer };
}

const request = {
  replicaId: -1,
  replicaState: { replicaId: -1, replicaEpoch: -1 },
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 1_000_000,
  isolationLevel: 0,
  sessionId: 0,
  sessionEpoch: -1,
  topics: [{
    topic: "t",
    partitions: [{
      partition: 0,
      currentLeaderEpoch: -1,
      fetchOffset: 0,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: 1_000_000,
    }],
  }],
  forgottenTopicsData: [],
} as unknown as FetchRequest;

Deno.test("a fetch that was answered after a wait is not held by its connection", async () => {
  const { broker, watches, timer } = brokerWithEmptyPartition();
  const closeTasks = new Set<() => void>();
  const connection = {
    onClose(task: () => void) {
      closeTasks.add(task);
      return () => closeTasks.delete(task);
    },
  };
  const answer = fetchHandler(broker).handle(request, { apiVersion: 12, connection } as never);
  assert.equal(closeTasks.size, 1);
  assert.equal(watches.size, 1);
  timer.expire();
  const { responses } = await answer as FetchResponse;
  assert.equal(responses.length, 1);
  assert.equal(closeTasks.size, 0);
  assert.equal(watches.size, 0);
});

Deno.test("a fetch whose client has gone leaves the partitions it waited for", () => {
  const { broker, watches } = brokerWithEmptyPartition();
  let close = () => {};
  const connection = {
    onClose(task: () => void) {
      close = task;
      return () => {};
    },
  };
  void fetchHandler(broker).handle(request, { apiVersion: 12, connection } as never);
  assert.equal(watches.size, 1);
  close();
  assert.equal(watches.size, 0);
});

Deno.test("what comes to one partition while another is read from a file does not wait for the time to be up", async () => {
  const { broker, watches } = brokerWithEmptyPartition();
  const empty = broker.replicas.leaderOf("t", 0) as unknown as { highWatermark: number };
  const loading = Promise.withResolvers<{ kind: "records"; records: Uint8Array }>();
  const cold = {
    ...empty,
    highWatermark: 5,
    log: { logStartOffset: 0, read: () => ({ kind: "cold", load: () => loading.promise }) },
  };
  const find = (_: string, index: number) => index === 0 ? empty : cold;
  Object.assign(broker.replicas, { leaderOf: find, find });
  const wanted = request.topics[0]!.partitions[0]!;
  const both = {
    ...request,
    minBytes: 100,
    topics: [{ topic: "t", partitions: [wanted, { ...wanted, partition: 1 }] }],
  };
  const connection = { onClose: () => () => {} };
  const answer = fetchHandler(broker).handle(both, { apiVersion: 12, connection } as never);
  empty.highWatermark = 3;
  loading.resolve({ kind: "records", records: new Uint8Array(10) });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assert.equal(watches.size, 0, "nobody would tell a watch of what came before it");
  const { responses } = await answer as FetchResponse;
  assert.deepEqual(responses[0]!.partitions.map((one) => one.records?.byteLength), [0, 10]);
});
