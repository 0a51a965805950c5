/** What a member of a group reads, commits and is told, with our own group shard as the coordinator. */

import assert from "node:assert/strict";
import { BrokerError } from "../../../../src/client/errors.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { append, groupTest, until } from "./members.ts";

const cooperative = { assignors: ["cooperative-sticky"] } as const;

groupTest("reads everything, commits it, and its successor goes on there", async (groups, start) => {
  append(groups, "t", 0, "a", "b");
  append(groups, "t", 3, "c");
  const first = start();
  await until(() => first.read.length === 3, "three records");
  assert.deepEqual(first.read.sort(), ["t-0@0=a", "t-0@1=b", "t-3@0=c"]);
  await first.close();
  append(groups, "t", 0, "d");
  const second = start();
  await until(() => second.read.length > 0, "a record");
  assert.deepEqual(second.read, ["t-0@2=d"]);
});

groupTest("begins where the options say when nothing is committed", async (groups, start) => {
  append(groups, "t", 1, "old");
  const member = start({ startAt: { at: "end" } });
  await member.has("t:0,1,2,3");
  append(groups, "t", 1, "new");
  await until(() => member.read.length > 0, "a record");
  assert.deepEqual(member.read, ["t-1@1=new"]);
});

groupTest("commits as time goes by", async (groups, start) => {
  append(groups, "t", 0, "a");
  const member = start();
  const committed = async () => await member.consumer.committed([{ topic: "t", partition: 0 }]);
  await member.has("t:0,1,2,3");
  await until(() => groups.count("offsetCommit") > 0 && member.read.length > 0, "a commit");
  while ((await committed())[0]?.offset !== 1) { /* until it has come there */ }
});

groupTest("commits nothing by itself when it is told not to", async (groups, start) => {
  append(groups, "t", 0, "a");
  const member = start({ autoCommitIntervalMs: null });
  await until(() => member.read.length > 0, "a record");
  const other = start({ autoCommitIntervalMs: null });
  await other.has("t:2,3");
  assert.equal(groups.count("offsetCommit"), 0);
  await member.consumer.commit([{ topic: "t", partition: 0, offset: 1, metadata: "mine" }]);
  const [found] = await member.consumer.committed([{ topic: "t", partition: 0 }]);
  assert.deepEqual(found, { topic: "t", partition: 0, offset: 1, leaderEpoch: -1, metadata: "mine" });
});

groupTest("what was given out and not worked off is not committed on close", async (groups, start) => {
  append(groups, "t", 0, "a", "b", "c");
  const member = start({ autoCommitIntervalMs: null });
  await until(() => member.read.length === 3, "three records");
  member.consumer.processed({ topic: "t", partition: 0 }, 1);
  await member.consumer.commit();
  const [found] = await member.consumer.committed([{ topic: "t", partition: 0 }]);
  assert.equal(found!.offset, 1);
  // Nothing above what was given out can have been worked off.
  member.consumer.processed({ topic: "t", partition: 0 }, 99);
  await member.consumer.commit();
  assert.equal((await member.consumer.committed([{ topic: "t", partition: 0 }]))[0]!.offset, 1);
});

groupTest("seeks in partitions that it has", async (groups, start) => {
  append(groups, "t", 0, "a", "b");
  const member = start();
  await until(() => member.read.length === 2, "two records");
  member.consumer.seek({ topic: "t", partition: 0 }, 1);
  await until(() => member.read.length === 3, "a record again");
  assert.equal(member.read[2], "t-0@1=b");
});

groupTest("two members share, and nothing is read twice or left out", async (groups, start) => {
  const first = start();
  await first.has("t:0,1,2,3");
  append(groups, "t", 0, "a");
  append(groups, "t", 3, "b");
  await until(() => first.read.length === 2, "two records");
  const second = start();
  await second.has("t:2,3");
  await first.has("t:0,1");
  assert.deepEqual(first.told, ["assigned t:0,1,2,3", "revoked t:0,1,2,3", "assigned t:0,1"]);
  append(groups, "t", 0, "c");
  append(groups, "t", 3, "d");
  await until(() => first.read.length === 3 && second.read.length === 1, "a record each");
  assert.deepEqual([first.read[2], second.read[0]], ["t-0@1=c", "t-3@1=d"]);
  await second.close();
  await first.has("t:0,1,2,3");
  assert.equal(second.told.at(-1), "revoked t:2,3");
});

groupTest("a cooperative member keeps what does not move (KIP-429)", async (groups, start) => {
  const first = start(cooperative);
  await first.has("t:0,1,2,3");
  const second = start(cooperative);
  await second.has("t:2,3");
  assert.deepEqual(first.told, ["assigned t:0,1,2,3", "revoked t:2,3", "assigned", "assigned"]);
  assert.deepEqual(second.told, ["assigned", "assigned t:2,3"]);
  await second.close();
  await first.has("t:0,1,2,3");
  assert.equal(first.told.at(-1), "assigned t:2,3");
  assert.equal(groups.count("leaveGroup"), 1);
});

groupTest("a cooperative member reads what it keeps while others are waited for", async (groups, start) => {
  const first = start(cooperative);
  await first.has("t:0,1,2,3");
  const second = start(cooperative);
  await second.has("t:2,3");
  // The second hears of no rebalance, so the first one's joining does not end before that one's session.
  groups.vanished.add(second.consumer.memberId);
  const joins = groups.count("joinGroup");
  const third = start(cooperative);
  await until(() => groups.count("joinGroup") === joins + 3, "the first to join again");
  append(groups, "t", 0, "a");
  await until(() => first.read.length === 1, "a record");
  assert.equal(third.assigned, "");
});

groupTest("a member that vanishes is replaced when its session ends", async (groups, start) => {
  const first = start();
  await first.has("t:0,1,2,3");
  const second = start({ sessionTimeoutMs: 50 });
  await second.has("t:2,3");
  append(groups, "t", 3, "a");
  await until(() => second.read.length === 1, "a record");
  groups.vanished.add(second.consumer.memberId);
  await first.has("t:0,1,2,3");
});

groupTest("a static member may restart without anybody noticing (KIP-345)", async (groups, start) => {
  const other = start({ groupInstanceId: "a" });
  const first = start({ groupInstanceId: "b" });
  await first.has("t:2,3");
  await other.has("t:0,1");
  const told = other.told.length;
  await first.close();
  assert.equal(groups.count("leaveGroup"), 0);
  const again = start({ groupInstanceId: "b" });
  await again.has("t:2,3");
  assert.equal(other.told.length, told);
});

groupTest("a static member whose name is taken fails (KIP-345)", async (groups, start) => {
  const first = start({ groupInstanceId: "a" });
  await first.has("t:0,1,2,3");
  const second = start({ groupInstanceId: "a" });
  const error = await first.fails();
  assert.ok(error instanceof BrokerError && error.code === ErrorCode.FENCED_INSTANCE_ID, String(error));
  await second.has("t:0,1,2,3");
  assert.equal(groups.count("leaveGroup"), 0);
});

groupTest("the leader sees that a topic has grown", async (groups, start) => {
  const member = start({ metadataMaxAgeMs: 20 });
  await member.has("t:0,1,2,3");
  const { partitions } = groups.cluster.topics.get("t")!;
  partitions.push({ leader: 0, leaderEpoch: 0, logStartOffset: 0, batches: [], producers: new Map() });
  await member.has("t:0,1,2,3,4");
});

groupTest("topics that are not there yet are waited for", async (groups, start) => {
  const member = start({ topics: ["t", "later"], metadataMaxAgeMs: 20 });
  await member.has("t:0,1,2,3");
  groups.cluster.createTopic("later");
  await member.has("later:0 t:0,1,2,3");
});

groupTest(
  "a member that works too long on something gives its partitions up (KIP-62)",
  async (groups, start) => {
    const gate = Promise.withResolvers<void>();
    const lost: string[] = [];
    const stuck = start({
      rebalanceTimeoutMs: 40,
      listener: {
        onAssigned: () => gate.promise,
        onLost: (partitions) => void lost.push([...partitions].join()),
      },
    });
    await until(() => groups.count("leaveGroup") === 1, "it to leave");
    const other = start();
    await other.has("t:0,1,2,3");
    gate.resolve();
    await until(() => stuck.assigned !== "" && other.assigned === "t:0,1", "it to come back");
    assert.deepEqual(lost, ["t,0,1,2,3"]);
  },
);

groupTest("closes while a rebalance waits for others", async (groups, start) => {
  const first = start({ heartbeatIntervalMs: 60_000 });
  await first.has("t:0,1,2,3");
  const second = start();
  await until(() => groups.count("joinGroup") === 4, "the second to wait");
  await second.close();
  assert.equal(second.error, null);
  assert.equal(groups.count("leaveGroup"), 1);
});

groupTest("an offset that is gone is left for where the options say", async (groups, start) => {
  append(groups, "t", 0, "a", "b", "c");
  const first = start();
  await until(() => first.read.length === 3, "three records");
  await first.close();
  const partition = groups.cluster.partition("t");
  partition.batches.splice(0, 3);
  partition.logStartOffset = 10;
  append(groups, "t", 0, "z");
  const second = start();
  await until(() => second.read.length === 1, "a record");
  assert.deepEqual(second.read, ["t-0@10=z"]);
});
