/** What a member of a group does with every error code it may meet, and with coordinators that move or die. */

import assert from "node:assert/strict";
import { BrokerError } from "../../../../src/client/errors.ts";
import { ErrorCode, errorInfo } from "../../../../src/protocol/error_codes.ts";
import { joinGroup } from "../../../../src/protocol/messages/11_join_group.ts";
import { append, groupTest, until } from "./members.ts";

/** The coordinator still waits for the member that it does not know, as it seems. */
const SHORT = { sessionTimeoutMs: 300 };

groupTest("takes the id that it is given and joins again at once (KIP-394)", async (groups, start) => {
  const member = start();
  await member.has("t:0,1,2,3");
  const joins = groups.requests.filter((one) => one.type === "joinGroup").map(({ request }) =>
    request.memberId
  );
  assert.deepEqual(joins, ["", member.consumer.memberId]);
});

for (
  const code of [
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_COORDINATOR,
    ErrorCode.REBALANCE_IN_PROGRESS,
    ErrorCode.UNKNOWN_MEMBER_ID,
    ErrorCode.ILLEGAL_GENERATION,
  ]
) {
  for (const type of ["joinGroup", "syncGroup"] as const) {
    groupTest(`${type} answered ${errorInfo(code).name} is tried again`, async (groups, start) => {
      groups.inject(type, code);
      const member = start(SHORT);
      await member.has("t:0,1,2,3");
      assert.deepEqual(groups.injections, []);
    });
  }
}

for (
  const code of [
    ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
    ErrorCode.INVALID_SESSION_TIMEOUT,
    ErrorCode.GROUP_MAX_SIZE_REACHED,
    ErrorCode.INVALID_GROUP_ID,
    ErrorCode.GROUP_AUTHORIZATION_FAILED,
    ErrorCode.FENCED_INSTANCE_ID,
    ErrorCode.UNKNOWN_SERVER_ERROR,
  ]
) {
  for (const type of ["joinGroup", "syncGroup"] as const) {
    groupTest(`${type} answered ${errorInfo(code).name} is final`, async (groups, start) => {
      groups.inject(type, code);
      const error = await start().fails();
      assert.ok(error instanceof BrokerError && error.code === code, String(error));
    });
  }
}

groupTest("says what is wrong with its settings", async (groups, start) => {
  const member = start({ groupId: "other", assignors: ["range"] });
  await member.has("t:0,1,2,3");
  const error = await start({ groupId: "other", assignors: ["roundrobin"] }).fails();
  assert.match(error.message, /join group "other": .* none of its assignors in common: roundrobin/);
  groups.inject("joinGroup", ErrorCode.INVALID_SESSION_TIMEOUT);
  const other = await start({ groupId: "third" }).fails();
  assert.match(other.message, /session timeout of 2000 ms \(INVALID_SESSION_TIMEOUT\)/);
});

groupTest("a heartbeat that tells of a rebalance makes it join again", async (groups, start) => {
  const member = start();
  await member.has("t:0,1,2,3");
  groups.inject("heartbeat", ErrorCode.REBALANCE_IN_PROGRESS);
  await until(() => member.told.length === 3, "a rebalance");
  assert.deepEqual(member.told.slice(1), ["revoked t:0,1,2,3", "assigned t:0,1,2,3"]);
});

for (const code of [ErrorCode.ILLEGAL_GENERATION, ErrorCode.UNKNOWN_MEMBER_ID]) {
  groupTest(`a heartbeat answered ${errorInfo(code).name} loses everything`, async (groups, start) => {
    const member = start(SHORT);
    await member.has("t:0,1,2,3");
    const before = member.consumer.memberId;
    groups.inject("heartbeat", code);
    await until(() => member.told.length === 3, "a rebalance");
    assert.deepEqual(member.told.slice(1), ["lost t:0,1,2,3", "assigned t:0,1,2,3"]);
    const keepsId = code === ErrorCode.ILLEGAL_GENERATION;
    assert.equal(member.consumer.memberId === before, keepsId, "a member that is not known needs a new id");
  });
}

groupTest("a heartbeat answered GROUP_AUTHORIZATION_FAILED is final", async (groups, start) => {
  const member = start();
  await member.has("t:0,1,2,3");
  groups.inject("heartbeat", ErrorCode.GROUP_AUTHORIZATION_FAILED);
  const error = await member.fails();
  assert.ok(error instanceof BrokerError && error.code === ErrorCode.GROUP_AUTHORIZATION_FAILED);
});

for (const code of [ErrorCode.ILLEGAL_GENERATION, ErrorCode.UNKNOWN_MEMBER_ID]) {
  groupTest(`a commit answered ${errorInfo(code).name} fails and loses everything`, async (groups, start) => {
    const member = start({ ...SHORT, autoCommitIntervalMs: null });
    await member.has("t:0,1,2,3");
    groups.inject("offsetCommit", code);
    const committing = member.consumer.commit([{ topic: "t", partition: 0, offset: 5 }]);
    await assert.rejects(committing, (error) => error instanceof BrokerError && error.code === code);
    await until(() => member.told.length === 3, "a rebalance");
    assert.equal(member.told[1], "lost t:0,1,2,3");
  });
}

groupTest("a commit of a position that is refused says which", async (groups, start) => {
  const member = start({ autoCommitIntervalMs: null });
  await member.has("t:0,1,2,3");
  const metadata = "x".repeat(5_000);
  const committing = member.consumer.commit([{ topic: "t", partition: 2, offset: 5, metadata }]);
  await assert.rejects(committing, /commit the offset of t-2 for group "g": OFFSET_METADATA_TOO_LARGE/);
  assert.equal(groups.count("joinGroup"), 2);
});

groupTest("a commit in the middle of a rebalance is made up for later", async (groups, start) => {
  groups.inject("offsetCommit", ErrorCode.REBALANCE_IN_PROGRESS);
  append(groups, "t", 0, "a");
  const member = start();
  await until(() => groups.injections.length === 0, "the refusal");
  await until(() => member.told.length === 3, "a rebalance");
  await member.close();
  const successor = start();
  await successor.has("t:0,1,2,3");
  append(groups, "t", 0, "b");
  await until(() => successor.read.length === 1, "a record");
  assert.deepEqual(successor.read, ["t-0@1=b"]);
});

groupTest("offsets of transactions that are not decided are waited for (KIP-447)", async (groups, start) => {
  groups.inject("offsetFetch", ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  const member = start();
  await member.has("t:0,1,2,3");
  assert.ok(groups.count("offsetFetch") >= 2);
  assert.ok(groups.requests.every((one) => one.type !== "offsetFetch" || one.requireStable));
});

groupTest("follows its coordinator to another broker", async (groups, start) => {
  append(groups, "t", 0, "a");
  const member = start();
  await until(() => member.read.length === 1, "a record");
  groups.coordinator = 1;
  append(groups, "t", 0, "b");
  await until(() => member.read.length === 2, "another record");
  await member.close();
  const successor = start();
  await successor.has("t:0,1,2,3");
  assert.equal(successor.consumer.position({ topic: "t", partition: 0 }), 2);
  // Nobody was thrown out by the move.
  assert.deepEqual(member.told, ["assigned t:0,1,2,3", "revoked t:0,1,2,3"]);
});

groupTest("goes on after all connections broke", async (groups, start) => {
  append(groups, "t", 0, "a");
  const member = start();
  await until(() => member.read.length === 1, "a record");
  groups.cluster.breakConnections();
  append(groups, "t", 0, "b");
  await until(() => member.read.length === 2, "another record");
  const commits = groups.count("offsetCommit");
  await until(() => groups.count("offsetCommit") > commits, "another commit");
  assert.deepEqual(member.told, ["assigned t:0,1,2,3"]);
});

groupTest("a JoinGroup whose connection broke is sent again", async (groups, start) => {
  let broken = 0;
  groups.cluster.onRequest = (api) =>
    api.key === joinGroup.key && broken++ < 2 ? "store and close" : undefined;
  const member = start({ sessionTimeoutMs: 100 });
  await member.has("t:0,1,2,3");
});

groupTest("an assignment that cannot be read assigns nothing", async (groups, start) => {
  const member = start();
  await member.has("t:0,1,2,3");
  // The leader of a group may be any program.
  groups.garble = true;
  groups.inject("heartbeat", ErrorCode.REBALANCE_IN_PROGRESS);
  await until(() => member.told.length === 3, "a rebalance");
  assert.deepEqual(member.told.slice(1), ["revoked t:0,1,2,3", "assigned"]);
  assert.equal(member.error, null);
});
