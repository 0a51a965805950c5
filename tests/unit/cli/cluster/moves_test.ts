/** Moves of replicas as people and as Kafka's files write them. */

import assert from "node:assert/strict";
import { UsageError } from "../../../../src/core/errors.ts";
import { parseRate } from "../../../../src/cli/cluster/flags.ts";
import {
  movesTo,
  parsePlan,
  parseReplicasWanted,
  summaryOfMoves,
} from "../../../../src/cli/cluster/moves.ts";
import { parsePartition } from "../../../../src/cli/cluster/elect.ts";

Deno.test("moves: a partition and where it is to be", () => {
  assert.deepEqual(parseReplicasWanted("orders:0=1,2,3"), {
    topic: "orders",
    partition: 0,
    replicas: [1, 2, 3],
  });
  assert.deepEqual(parseReplicasWanted("a.b-c_d:12"), { topic: "a.b-c_d", partition: 12, replicas: null });
  assert.deepEqual(parsePartition("orders:7"), { topic: "orders", partition: 7 });
  for (
    const wrong of [
      "orders",
      "orders:",
      ":0=1",
      "orders:x=1",
      "orders:0=",
      "orders:0=1,,2",
      "orders:0=a",
      "a b:0=1",
    ]
  ) {
    assert.throws(() => parseReplicasWanted(wrong), UsageError, wrong);
  }
  assert.throws(() => parseReplicasWanted("orders:0=1,2,1"), /names a broker twice/);
  assert.throws(() => parsePartition("orders:0=1"), UsageError);
});

Deno.test("moves: a rate is bytes a second, with or without a unit", () => {
  assert.equal(parseRate("1000"), 1000);
  assert.equal(parseRate("50MiB"), 50 * 1024 * 1024);
  assert.equal(parseRate("1MB/s"), 1_000_000);
  for (const wrong of ["0", "-5", "fast", "5m", ""]) assert.throws(() => parseRate(wrong), UsageError, wrong);
});

Deno.test("moves: a plan of kafka-reassign-partitions, with directories that are not looked at", () => {
  const text = `{"version":1,"partitions":[
    {"topic":"a","partition":0,"replicas":[3,1],"log_dirs":["any","any"]},
    {"topic":"b","partition":4,"replicas":[2]}]}`;
  assert.deepEqual(parsePlan(text, "plan.json"), [
    { topic: "a", partition: 0, replicas: [3, 1] },
    { topic: "b", partition: 4, replicas: [2] },
  ]);
});

Deno.test("moves: what is wrong with a plan is said with the file's name", () => {
  const cases = [
    ["nonsense", /^plan: not JSON/],
    ["null", /wanted \{"version": 1, "partitions"/],
    [`{"version":2,"partitions":[]}`, /version is 2; wanted 1/],
    [`{"partitions":[{"topic":"a"}]}`, /\{"topic":"a"\} is not a partition/],
    [`{"partitions":[{"topic":"a","partition":-1,"replicas":[1]}]}`, /is not a partition/],
    [`{"partitions":[{"topic":"a","partition":0,"replicas":[]}]}`, /replicas of a-0 are \[\]; wanted ids/],
    [`{"partitions":[{"topic":"a","partition":0,"replicas":["1"]}]}`, /wanted ids of brokers/],
    [`{"partitions":[null]}`, /null is not a partition/],
  ] as const;
  for (const [text, wanted] of cases) {
    assert.throws(
      () => parsePlan(text, "plan"),
      (error: Error) => error instanceof UsageError && wanted.test(error.message),
      text,
    );
  }
});

const topic = {
  name: "orders",
  topicId: "AAAAAAAAAAAAAAAAAAAAAQ",
  isInternal: false,
  partitions: [0, 1].map((index) => ({
    index,
    leaderId: 2,
    leaderEpoch: 0,
    replicas: [1, 2],
    isr: [1, 2],
    offlineReplicas: [],
  })),
};

Deno.test("moves: what comes, what goes and how much that is", () => {
  const sizes = [1, 2].map((brokerId) => ({
    topic: "orders",
    partition: 0,
    brokerId,
    logDir: "d",
    sizeBytes: brokerId * 1000,
    offsetLag: 0,
    storage: null,
  }));
  const wanted = [
    { topic: "orders", partition: 0, replicas: [3, 4, 2] },
    { topic: "orders", partition: 1, replicas: [1, 2] },
  ];
  const moves = movesTo(wanted, [topic], sizes);
  assert.deepEqual(moves, [{
    topic: "orders",
    partition: 0,
    replicas: [3, 4, 2],
    current: [1, 2],
    adding: [3, 4],
    removing: [1],
    bytes: 4000,
  }], "the size is the leader's, and what is in its place already is left out");
  assert.equal(summaryOfMoves(moves), "1 partition, 3.9 KiB to copy");
  const [unknown] = movesTo([{ topic: "orders", partition: 1, replicas: [2, 1] }], [topic], []);
  assert.deepEqual([unknown!.bytes, unknown!.adding], [null, []]);
  assert.throws(
    () => movesTo([{ topic: "orders", partition: 2, replicas: [1] }], [topic], []),
    /topic "orders" has no partition 2; its last one is 1/,
  );
});
