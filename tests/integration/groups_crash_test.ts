/**
 * A broker that is killed (SIGKILL) while groups commit and rebalance, again and again. After each restart OffsetFetch
 * gives at least what was acknowledged last and at most what was sent last; a stable group goes on in its generation
 * with the members it had; a group that was rebalancing comes to rest. SLUICE_CRASH_ROUNDS and SLUICE_CRASH_SEED
 * choose how often and how.
 */

import assert from "node:assert/strict";
import type { Address } from "../../src/platform/network.ts";
import { Prng } from "../../src/core/prng.ts";
import { type BrokerProcess, startBroker } from "../harness/broker.ts";
import { GroupMember, nameOf } from "../harness/group_member.ts";
import { createTopic } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

const rounds = Number(Deno.env.get("SLUICE_CRASH_ROUNDS") ?? 4);
const seed = Number(Deno.env.get("SLUICE_CRASH_SEED") ?? Date.now());
const TOPIC = "crashing";
const PARTITIONS = 3;
/** Nobody shall wait long for members that went with the broker. */
const IMPATIENT = { sessionTimeoutMs: 300, rebalanceTimeoutMs: 300 };

/** Commits 1, 2, 3, ... for its partition, as a member or without a group, and knows what it was told. */
class Committer {
  readonly #groupId: string;
  readonly #partition: number;
  readonly #isMember: boolean;
  #member: GroupMember | null = null;
  #identity = { memberId: "", generationId: -1 };
  #sent = 0;
  #acknowledged = -1;

  constructor(groupId: string, partition: number, isMember: boolean) {
    this.#groupId = groupId;
    this.#partition = partition;
    this.#isMember = isMember;
  }

  /** Connects after a restart, and checks what the restart has left. */
  async resume(address: Address): Promise<void> {
    this.#member?.[Symbol.dispose]();
    const member = this.#member = await GroupMember.connect(address, this.#groupId);
    Object.assign(member, this.#identity);
    const [found] = await member.committed(TOPIC, this.#partition);
    assert.ok(
      found! >= this.#acknowledged,
      `committed ${found} although ${this.#acknowledged} was acknowledged`,
    );
    assert.ok(found! <= this.#sent, `committed ${found} although only ${this.#sent} was sent`);
    this.#acknowledged = found!;
    if (!this.#isMember) return;
    if (member.memberId === "") await member.enter();
    // The generation was acknowledged by SyncGroup, so it is the one that counts.
    assert.equal(await member.beat(), "NONE");
    this.#identity = { memberId: member.memberId, generationId: member.generationId };
  }

  /** Commits until the connection breaks. */
  async commitUntilCut(): Promise<void> {
    while (true) {
      const offset = ++this.#sent;
      let codes;
      try {
        codes = await this.#member!.commit(TOPIC, { [this.#partition]: offset });
      } catch {
        return;
      }
      assert.deepEqual(codes, ["NONE"]);
      this.#acknowledged = offset;
    }
  }
}

/** Joins again and again, so that its group is nearly always rebalancing. */
async function rebalanceUntilCut(member: GroupMember): Promise<void> {
  try {
    while (true) {
      const { errorCode, memberId } = await member.tryJoin(IMPATIENT);
      const name = nameOf(errorCode);
      if (name === "NONE") {
        await member.trySync();
        await pause(1);
      } else {
        assert.match(name, /^(MEMBER_ID_REQUIRED|UNKNOWN_MEMBER_ID|REBALANCE_IN_PROGRESS)$/);
        member.memberId = name === "MEMBER_ID_REQUIRED" ? memberId : "";
      }
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

/** A group in which two members disturb each other until the crash. */
async function restlessGroup(
  address: Address,
  random: Prng,
): Promise<{ ended: Promise<unknown>; groupId: string }> {
  const groupId = `restless-${random.below(3)}`;
  const members = await Promise.all([0, 1].map(() => GroupMember.connect(address, groupId)));
  const ended = Promise.all(members.map(async (member) => {
    await rebalanceUntilCut(member);
    member[Symbol.dispose]();
  }));
  return { ended, groupId };
}

/** Whatever the crash has left, members can come together in it. */
async function assertUsable(broker: BrokerProcess, groupId: string): Promise<void> {
  using member = await GroupMember.connect(broker.address, groupId);
  await member.join(IMPATIENT);
  const { errorCode } = await member.trySync();
  assert.match(nameOf(errorCode), /^(NONE|REBALANCE_IN_PROGRESS)$/);
  assert.equal(await member.leave(), "NONE");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test({
  name: `groups: ${rounds} kills lose no commit that was acknowledged (seed ${seed})`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const random = new Prng(seed);
    await using broker = await startBroker({
      configs: { "group.min.session.timeout.ms": 100, "offsets.topic.num.partitions": 3 },
    });
    {
      using wire = await WireClient.connect(broker.address);
      await createTopic(wire, TOPIC, { partitions: PARTITIONS });
    }
    const committers = [0, 1, 2].flatMap((partition) => [
      new Committer("simple", partition, false),
      new Committer(`members-${partition}`, partition, true),
    ]);
    let restless: string | null = null;
    for (let round = 0; round < rounds; round++) {
      for (const committer of committers) await committer.resume(broker.address);
      if (restless !== null) await assertUsable(broker, restless);
      const group = await restlessGroup(broker.address, random);
      restless = group.groupId;
      const committing = committers.map((committer) => committer.commitUntilCut());
      await pause(30 + random.below(200));
      await broker.kill();
      await Promise.all([...committing, group.ended]);
      await broker.start();
    }
    for (const committer of committers) await committer.resume(broker.address);
  },
});
