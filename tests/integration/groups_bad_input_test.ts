/**
 * Members that vanish, say what is not so, or hand in garbage: Kafka's error code comes back, and the group goes on as
 * if nothing had happened. SLUICE_TEST_BROKER runs the same against Apache Kafka.
 */

import assert from "node:assert/strict";
import { describeGroups } from "../../src/protocol/messages/15_describe_groups.ts";
import { deleteGroups } from "../../src/protocol/messages/42_delete_groups.ts";
import { sharedBroker } from "../harness/broker.ts";
import { GroupMember, nameOf, subscriptionTo } from "../harness/group_member.ts";
import { createTopic, freshTopic } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

const shared = sharedBroker({ configs: { "group.min.session.timeout.ms": 300 } });
const garbage = Uint8Array.of(0, 1, 127, 255, 255, 255, 3);

function groupTest(name: string, fn: (world: GroupWorld) => Promise<void>): void {
  Deno.test({
    name: `groups: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using world = await GroupWorld.open();
      await fn(world);
    },
  });
}

/** A topic of two partitions and a group with one member that behaves. */
class GroupWorld implements AsyncDisposable {
  readonly topic: string;
  readonly good: GroupMember;
  readonly #others: GroupMember[] = [];

  private constructor(topic: string, good: GroupMember) {
    this.topic = topic;
    this.good = good;
  }

  static async open(): Promise<GroupWorld> {
    const topic = freshTopic("group");
    const good = await GroupMember.connect(shared.address, topic);
    await createTopic(good.wire, topic, { partitions: 2 });
    await good.enter();
    assert.deepEqual(await good.commit(topic, { 0: 5 }), ["NONE"]);
    return new GroupWorld(topic, good);
  }

  /** Somebody else with the name of the same group. */
  async other(groupInstanceId?: string): Promise<GroupMember> {
    const options = groupInstanceId === undefined ? {} : { groupInstanceId };
    const member = await GroupMember.connect(shared.address, this.good.groupId, options);
    this.#others.push(member);
    return member;
  }

  /** The group is stable with the member that behaves, which is not told of anything. */
  async assertIntact(): Promise<void> {
    const { groups } = await this.good.wire.send(describeGroups, 5, { groups: [this.good.groupId] });
    const [group] = groups;
    assert.equal(group!.groupState, "Stable");
    assert.deepEqual(group!.members.map(({ memberId }) => memberId), [this.good.memberId]);
    assert.equal(await this.good.beat(), "NONE");
    assert.deepEqual(await this.good.committed(this.topic, 0), [5]);
    assert.deepEqual(await this.good.commit(this.topic, { 1: 1 }), ["NONE"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.good.leave();
    for (const member of [this.good, ...this.#others]) member[Symbol.dispose]();
    await Promise.resolve();
  }
}

groupTest("a generation that has passed or never was is refused", async (world) => {
  const { good, topic } = world;
  for (const generationId of [good.generationId - 1, good.generationId + 1, -7]) {
    assert.equal(await good.beat({ generationId }), "ILLEGAL_GENERATION");
    const refused = await good.commit(topic, { 0: 9 }, { generationIdOrMemberEpoch: generationId });
    assert.deepEqual(refused, ["ILLEGAL_GENERATION"]);
    assert.equal(nameOf((await good.trySync({ generationId })).errorCode), "ILLEGAL_GENERATION");
  }
  await world.assertIntact();
});

groupTest("a member that nobody knows is refused", async (world) => {
  const stranger = await world.other();
  stranger.memberId = "nobody-0000";
  stranger.generationId = world.good.generationId;
  stranger.protocolName = "range";
  assert.equal(await stranger.beat(), "UNKNOWN_MEMBER_ID");
  assert.deepEqual(await stranger.commit(world.topic, { 0: 9 }), ["UNKNOWN_MEMBER_ID"]);
  assert.equal(nameOf((await stranger.trySync()).errorCode), "UNKNOWN_MEMBER_ID");
  assert.equal(nameOf((await stranger.tryJoin()).errorCode), "UNKNOWN_MEMBER_ID");
  assert.equal(await stranger.leave(), "UNKNOWN_MEMBER_ID");
  await world.assertIntact();
});

groupTest("who is no member cannot commit while the group has members", async (world) => {
  const simple = await world.other();
  assert.deepEqual(await simple.commit(world.topic, { 0: 9 }), ["UNKNOWN_MEMBER_ID"]);
  await world.assertIntact();
});

groupTest("a member may commit for partitions it was not given, as in Kafka", async (world) => {
  assert.deepEqual(await world.good.commit(world.topic, { 1: 7 }), ["NONE"]);
  assert.deepEqual(await world.good.committed(world.topic, 0, 1), [5, 7]);
});

groupTest("partitions and topics that do not exist are refused, the others are committed", async (world) => {
  const { good, topic } = world;
  assert.deepEqual(await good.commit(topic, { 0: 6, 2: 1, 1: 8 }).then((codes) => codes.sort()), [
    ...["NONE", "NONE", "UNKNOWN_TOPIC_OR_PARTITION"],
  ]);
  assert.deepEqual(await good.commit("no-such-topic", { 0: 1 }), ["UNKNOWN_TOPIC_OR_PARTITION"]);
  assert.deepEqual(await good.committed(topic, 0, 1, 2), [6, 8, -1]);
});

groupTest("metadata of a commit that is too large is refused, the last commit stays", async (world) => {
  const { good, topic } = world;
  const tooLarge = await good.commit(topic, { 0: 9 }, { metadata: "x".repeat(4097) });
  assert.deepEqual(tooLarge, ["OFFSET_METADATA_TOO_LARGE"]);
  await world.assertIntact();
  assert.deepEqual(await good.commit(topic, { 0: 9 }, { metadata: "x".repeat(4096) }), ["NONE"]);
});

groupTest("a leader may hand in garbage: members get it as it is, the group is stable", async (world) => {
  const { good } = world;
  await good.join();
  const assignments = [
    { memberId: good.memberId, assignment: garbage },
    { memberId: "nobody", assignment: garbage },
  ];
  const { errorCode, assignment } = await good.trySync({ assignments });
  assert.equal(nameOf(errorCode), "NONE");
  assert.deepEqual(assignment, garbage);
  const { groups } = await good.wire.send(describeGroups, 5, { groups: [good.groupId] });
  assert.deepEqual(groups[0]!.members[0]!.memberAssignment, garbage);
  await world.assertIntact();
});

groupTest("a subscription that cannot be read is the business of the members", async (world) => {
  const { good } = world;
  // Kafka itself stumbles over lengths that lie (UNKNOWN_SERVER_ERROR), so this is only too short.
  await good.enter({ protocols: [{ name: "range", metadata: Uint8Array.of(0) }] });
  await world.assertIntact();
});

groupTest("session timeouts out of bounds are refused", async (world) => {
  const other = await world.other();
  for (const sessionTimeoutMs of [0, 299, 1_800_001, -1]) {
    const { errorCode } = await other.tryJoin({ sessionTimeoutMs });
    assert.equal(nameOf(errorCode), "INVALID_SESSION_TIMEOUT", String(sessionTimeoutMs));
  }
  await world.assertIntact();
});

groupTest("members with nothing in common with the group are refused", async (world) => {
  const other = await world.other();
  const metadata = subscriptionTo("t");
  const strange = [
    { protocols: [{ name: "sticky", metadata }] },
    { protocols: [] },
    { protocolType: "connect" },
    { protocolType: "" },
  ];
  for (const changes of strange) {
    const { errorCode } = await other.tryJoin(changes);
    assert.equal(nameOf(errorCode), "INCONSISTENT_GROUP_PROTOCOL", JSON.stringify(changes));
  }
  await world.assertIntact();
});

groupTest("a protocol that was not chosen is refused by SyncGroup", async (world) => {
  const { good } = world;
  for (
    const changes of [{ protocolName: "roundrobin" }, { protocolType: "connect" }, { protocolName: null }]
  ) {
    const { errorCode } = await good.trySync(changes);
    assert.equal(nameOf(errorCode), "INCONSISTENT_GROUP_PROTOCOL", JSON.stringify(changes));
  }
  await world.assertIntact();
});

groupTest("a group without a name is refused", async (world) => {
  const { good } = world;
  assert.equal(nameOf((await good.tryJoin({ groupId: "" })).errorCode), "INVALID_GROUP_ID");
  assert.equal(nameOf((await good.trySync({ groupId: "" })).errorCode), "INVALID_GROUP_ID");
  assert.equal(await good.beat({ groupId: "" }), "INVALID_GROUP_ID");
  await world.assertIntact();
});

groupTest("a group with members is not deleted, one that is not there is not found", async (world) => {
  const { good } = world;
  const { results } = await good.wire.send(deleteGroups, 2, { groupsNames: [good.groupId, "no-such-group"] });
  const codes = results.map(({ groupId, errorCode }) => [groupId, nameOf(errorCode)]).sort();
  assert.deepEqual(
    codes,
    [[good.groupId, "NON_EMPTY_GROUP"], ["no-such-group", "GROUP_ID_NOT_FOUND"]].sort(),
  );
  await world.assertIntact();
});

groupTest("a static member whose name another has taken is fenced (KIP-345)", async (world) => {
  await world.good.leave();
  const first = await world.other("instance");
  await first.enter();
  const second = await world.other("instance");
  const { errorCode, memberId } = await second.tryJoin();
  assert.equal(nameOf(errorCode), "NONE");
  assert.notEqual(memberId, first.memberId);
  assert.equal(await first.beat(), "FENCED_INSTANCE_ID");
  assert.deepEqual(await first.commit(world.topic, { 0: 99 }), ["FENCED_INSTANCE_ID"]);
  assert.equal(nameOf((await first.tryJoin()).errorCode), "FENCED_INSTANCE_ID");
  assert.equal(await second.beat(), "NONE");
  assert.deepEqual(await second.committed(world.topic, 0), [5]);
  assert.equal(await second.leave(), "NONE");
});

groupTest(
  "a member that vanishes is missed when its session ends, and its partitions are given away",
  async (world) => {
    const { good } = world;
    const other = await world.other();
    const joining = other.join({ sessionTimeoutMs: 300 });
    await untilRebalancing(good);
    await good.join();
    await joining;
    const synced = other.trySync();
    await good.trySync();
    assert.equal(nameOf((await synced).errorCode), "NONE");
    // Its connection is gone, but that alone means nothing in Kafka.
    other.wire.close();
    assert.equal(good.members.length, 2);
    await untilRebalancing(good);
    await good.enter();
    await world.assertIntact();
  },
);

async function untilRebalancing(member: GroupMember): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const code = await member.beat();
    if (code === "REBALANCE_IN_PROGRESS") return;
    assert.equal(code, "NONE");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("the group does not rebalance");
}

groupTest("who joins and never syncs is thrown out of the rebalance, not the group of it", async (world) => {
  const { good } = world;
  const silent = await world.other();
  const joining = silent.join({ sessionTimeoutMs: 300, rebalanceTimeoutMs: 300 });
  await untilRebalancing(good);
  await good.join({ rebalanceTimeoutMs: 300 });
  await joining;
  await good.trySync();
  await untilRebalancing(good);
  await good.enter();
  assert.equal(await silent.beat(), "UNKNOWN_MEMBER_ID");
  await world.assertIntact();
});

groupTest("a member that asks twice at once gets one answer that counts", async (world) => {
  const { good } = world;
  // The second request comes on another connection, as after a timeout of the client.
  const again = await world.other();
  again.memberId = good.memberId;
  const answers = await Promise.all([good.tryJoin(), again.tryJoin()]);
  assert.ok(
    answers.some(({ errorCode }) => errorCode === 0),
    JSON.stringify(answers.map((one) => one.errorCode)),
  );
  const last = Math.max(good.generationId, again.generationId);
  good.generationId = last;
  await good.trySync({
    assignments: [{ memberId: good.memberId, assignment: new Uint8Array(0) }],
  });
  await world.assertIntact();
});

Deno.test({
  name: "groups: commits to a group that nobody has heard of",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    using wire = await WireClient.connect(shared.address);
    const topic = freshTopic("group");
    await createTopic(wire, topic);
    using member = new GroupMember(wire, `${topic}-new`);
    await member.untilCoordinated();
    const generation = { generationIdOrMemberEpoch: 3, memberId: "somebody" };
    assert.deepEqual(await member.commit(topic, { 0: 1 }, generation), ["GROUP_ID_NOT_FOUND"]);
    assert.deepEqual(await member.commit(topic, { 0: 2 }), ["NONE"]);
    assert.deepEqual(await member.committed(topic, 0), [2]);
    assert.equal(await member.beat({ memberId: "somebody", generationId: 3 }), "UNKNOWN_MEMBER_ID");
  },
});
