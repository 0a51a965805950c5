/** What transcripts do not show: bytes, versions, topic ids, and how much is done at a time. */

import assert from "node:assert/strict";
import type {
  Append,
  DescribedGroup,
  GroupRecord,
  GroupRequest,
  GroupResponse,
} from "../../../../src/coordinator/group/types.ts";
import { ByteReader, ByteWriter } from "../../../../src/core/bytes.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import type { Uuid } from "../../../../src/core/ids.ts";
import { codecOf } from "../../../../src/protocol/codec.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { JoinGroupResponse } from "../../../../src/protocol/messages/11_join_group.ts";
import type { OffsetCommitResponse } from "../../../../src/protocol/messages/08_offset_commit.ts";
import type { Decoded, Encodable, Message } from "../../../../src/protocol/schema.ts";
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from "../../../../src/protocol/records/offsets.ts";
import { Args, parseRequest } from "../../../transcripts/group/request.ts";
import { ShardDriver } from "./driver.ts";

/** A driver of a loaded shard, with what it answers by token. */
function setUp(config: ConstructorParameters<typeof ShardDriver>[0] = {}) {
  const replies = new Map<number, GroupResponse>();
  const appends: Append[] = [];
  const driver = new ShardDriver(config, (effects) => {
    for (const { token, response } of effects.replies) replies.set(token, response);
    appends.push(...effects.appends);
  });
  driver.step({ type: "loaded" });
  let tokens = 0;
  const ask = (request: GroupRequest) => {
    driver.step(request);
    return replies.get(request.token);
  };
  /** Runs a command of the transcripts' language, and returns what is answered at once. */
  const run = (verb: string, args: Record<string, string>) =>
    ask(parseRequest(verb, new Args(new Map(Object.entries(args))), ++tokens));
  return { driver, replies, appends, run, ask };
}

Deno.test("a refused JoinGroup has a protocol name that its version can carry (KIP-559: null from version 7)", () => {
  const { run } = setUp();
  for (const [version, protocolName] of [["0", ""], ["6", ""], ["7", null], ["9", null]] as const) {
    const response = run("join", { v: version, member: "ghost" }) as JoinGroupResponse;
    assert.equal(response.protocolName, protocolName);
  }
});

Deno.test("before version 1 the rebalance timeout is the session timeout (KIP-62)", () => {
  const { driver, appends, run } = setUp();
  run("join", { v: "0", session: "7000", rebalance: "-1" });
  driver.advance(0);
  run("sync", { member: "c-1", generation: "1" });
  const record = appends[0]!.records[0]!;
  assert.ok(record.type === "groupMetadata");
  assert.equal(record.value!.members[0]!.rebalanceTimeout, 7_000);
});

Deno.test("what is kept of a request does not change when its buffer is used again", () => {
  const { driver, appends, run, ask } = setUp();
  const join = parseRequest("join", new Args(new Map([["v", "3"], ["protocols", "range:metadata"]])), 100);
  ask(join);
  driver.advance(0);
  const sync = parseRequest(
    "sync",
    new Args(new Map([["member", "c-1"], ["generation", "1"], ["assign", "c-1:assignment"]])),
    101,
  );
  ask(sync);
  assert.ok(join.type === "joinGroup" && sync.type === "syncGroup");
  join.request.protocols[0]!.metadata.fill(0);
  sync.request.assignments[0]!.assignment.fill(0);
  const described = run("describe", {}) as { groups: readonly DescribedGroup[] };
  const member = described.groups[0]!.members[0]!;
  assert.equal(new TextDecoder().decode(member.memberMetadata), "metadata");
  assert.equal(new TextDecoder().decode(member.memberAssignment), "assignment");
  const record = appends[0]!.records[0]!;
  assert.ok(record.type === "groupMetadata");
  assert.equal(new TextDecoder().decode(record.value!.members[0]!.assignment), "assignment");
});

Deno.test("a shard that reads its records from bytes is the same", () => {
  const { driver, run } = setUp();
  run("join", { v: "3", instance: "i", protocols: "range:@t" });
  driver.advance(0);
  run("sync", { member: "i-1", instance: "i", generation: "1", assign: "i-1:all" });
  run("commit", { member: "i-1", instance: "i", generation: "1", offsets: "t:0:5:größe,t:1:6" });
  run("commit", { group: "simple", offsets: "t:0:7", retention: "1000", v: "4" });
  run("commit", { group: "gone", offsets: "t:0:7" });
  run("delete", { groups: "gone" });
  const fetches = () => ["g", "simple", "gone"].map((group) => run("fetch", { group }));
  const before = [run("describe", { groups: "g,simple,gone" }), ...fetches()];

  driver.log.splice(0, driver.log.length, ...driver.log.map(throughBytes));
  driver.restart();

  assert.deepEqual([run("describe", { groups: "g,simple,gone" }), ...fetches()], before);
});

/** Encodes a record as the log has it, and decodes it. */
function throughBytes(record: GroupRecord): GroupRecord {
  const { value, valueVersion } = record;
  if (record.type === "groupMetadata") {
    return {
      ...record,
      key: through(groupMetadataKey, 0, record.key),
      value: value === null ? null : through(groupMetadataValue, valueVersion, record.value!),
    };
  }
  return {
    ...record,
    key: through(offsetCommitKey, 0, record.key),
    value: value === null ? null : through(offsetCommitValue, valueVersion, record.value!),
  };
}

function through<M extends Message>(message: M, version: number, value: Encodable<M>): Decoded<M> {
  const writer = new ByteWriter();
  const codec = codecOf(message, version);
  codec.encode(writer, value);
  return codec.decode(new ByteReader(writer.toBytes()));
}

Deno.test("a topic that is made anew keeps what was committed for it; the old one's offsets go", () => {
  const oldId = "AAAAAAAAAAAAAAAAAAAAEA" as Uuid;
  const newId = "AAAAAAAAAAAAAAAAAAAAEQ" as Uuid;
  const { driver, ask, run } = setUp();
  const commit = (groupId: string, topicId: Uuid, token: number): GroupRequest => {
    const request = parseRequest("commit", new Args(new Map([["group", groupId]])), token);
    assert.ok(request.type === "offsetCommit");
    const partition = {
      partitionIndex: 0,
      committedOffset: 1,
      committedLeaderEpoch: 3,
      committedMetadata: null,
    };
    request.request.topics.push({ name: "t", topicId, partitions: [partition] });
    return request;
  };
  const response = ask(commit("old", oldId, 101)) as OffsetCommitResponse;
  assert.equal(response.topics[0]!.topicId, oldId, "the answer names the topic as the request did");
  ask(commit("new", newId, 102));
  ask(commit("unknown", ZERO_UUID, 103));

  driver.step({ type: "topicsDeleted", topics: [{ name: "t", topicId: oldId }] });

  const offsets = [...driver.shard.committedOffsets()].map(({ groupId, value }) => [
    groupId,
    value.leaderEpoch,
  ]);
  assert.deepEqual(offsets, [["new", 3]]);
  assert.notEqual(run("fetch", { group: "new", partitions: "t:0" }), undefined);
});

Deno.test("expired offsets of very many groups are removed a slice at a time", () => {
  const groups = 25_000;
  const { driver, run } = setUp({ offsetsRetentionMs: 1_000, offsetsRetentionCheckIntervalMs: 2_000 });
  for (let index = 0; index < groups; index++) run("commit", { group: `g${index}`, offsets: "t:0:1" });
  assert.equal(driver.shard.groupCount, groups);

  driver.nowMs = 2_000;
  driver.step({ type: "tick" });
  const leftAfterOneTick = driver.shard.groupCount;
  assert.ok(leftAfterOneTick > 0 && leftAfterOneTick < groups, `${leftAfterOneTick} groups are left`);

  driver.advance(100);
  assert.equal(driver.shard.groupCount, 0);
  assert.equal(driver.shard.offsetCount, 0);
});

Deno.test("a static member that claims no time to rejoin does not keep the shard busy", () => {
  const { driver, run } = setUp();
  run("join", { instance: "s", rebalance: "0", session: "60000" });
  run("join", { v: "3", rebalance: "0", session: "6000" });
  driver.advance(0);
  run("sync", { member: "s-1", instance: "s", generation: "1" });
  run("sync", { member: "c-2", generation: "1" });
  // Nobody rejoins: only the static member stays, and it is asked again and again until its session ends.
  run("leave", { members: "c-2" });
  let ticks = 0;
  while (driver.nextDeadlineMs <= 60_000) {
    driver.nowMs = Math.max(driver.nowMs, driver.nextDeadlineMs);
    driver.step({ type: "tick" });
    ticks++;
  }
  assert.ok(ticks < 1_000, `${ticks} ticks in a minute`);
});

Deno.test("the log may end an append after the shard gave up waiting, in either way", () => {
  const { driver, replies, run } = setUp();
  driver.autoAppend = false;
  run("commit", { offsets: "t:0:1" });
  run("commit", { offsets: "t:1:1" });
  driver.advance(5_000);
  for (const token of [1, 2]) {
    const { topics } = replies.get(token) as OffsetCommitResponse;
    assert.equal(topics[0]!.partitions[0]!.errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  }
  driver.appendFailed(2, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  driver.appended(1);
  assert.deepEqual([...driver.shard.committedOffsets()].map(({ partition }) => partition), [0]);
  driver.shard.verify();
});

Deno.test("groups are counted by state", () => {
  const { driver, run } = setUp();
  run("commit", { group: "simple", offsets: "t:0:1" });
  run("join", { group: "a", v: "3" });
  driver.advance(0);
  run("join", { group: "b", v: "3" });
  assert.deepEqual(
    driver.shard.countByState(),
    new Map([["Empty", 1], ["CompletingRebalance", 1], ["PreparingRebalance", 1]]),
  );
});
