/**
 * What the group coordinator's step function costs by itself, without network, log and codec: heartbeats, 10,000
 * groups of one member, one group of 1,000 members, commits, loading. `deno run -A scripts/bench/groups.ts`
 */

import { GroupShard } from "../../src/coordinator/group/group_shard.ts";
import {
  defaultGroupConfig,
  type Effects,
  type GroupEvent,
  type GroupRecord,
  type GroupResponse,
  type RequestContext,
} from "../../src/coordinator/group/types.ts";
import { ByteWriter } from "../../src/core/bytes.ts";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import type { JoinGroupResponse } from "../../src/protocol/messages/11_join_group.ts";

const GROUPS = 10_000;
const MEMBERS = 1_000;
const PARTITIONS = 1_000;

const context: RequestContext = { apiVersion: 9, clientId: "bench", clientHost: "/127.0.0.1" };
const metadata = subscription();

/** A shard whose log commits at once, and whose replies are kept by token. */
class Bench {
  readonly shard = new GroupShard(defaultGroupConfig, () => crypto.randomUUID());
  readonly replies = new Map<number, GroupResponse>();
  readonly log: GroupRecord[] = [];
  steps = 0;
  nowMs = 0;
  #tokens = 0;

  constructor() {
    this.step({ type: "loaded" });
  }

  step(event: GroupEvent): void {
    this.steps++;
    const effects: Effects = this.shard.step(event, { monotonicMs: this.nowMs, wallMs: this.nowMs });
    for (const { token, response } of effects.replies) this.replies.set(token, response);
    for (const { records } of effects.appends) this.log.push(...records);
    const last = effects.appends.at(-1);
    if (last !== undefined) this.step({ type: "appended", appendId: last.appendId });
  }

  join(groupId: string, memberId: string): number {
    const token = this.#tokens++;
    this.step({
      type: "joinGroup",
      token,
      context,
      request: {
        groupId,
        memberId,
        groupInstanceId: null,
        sessionTimeoutMs: 45_000,
        rebalanceTimeoutMs: 300_000,
        protocolType: "consumer",
        protocols: [{ name: "range", metadata }],
        reason: null,
      },
    });
    return token;
  }

  sync(groupId: string, joined: JoinGroupResponse): number {
    const token = this.#tokens++;
    const assignment = new Uint8Array(32 + 4 * (PARTITIONS / Math.max(joined.members.length, 1)));
    this.step({
      type: "syncGroup",
      token,
      context,
      request: {
        groupId,
        memberId: joined.memberId,
        groupInstanceId: null,
        generationId: joined.generationId ?? -1,
        protocolType: "consumer",
        protocolName: "range",
        assignments: joined.members.map(({ memberId }) => ({ memberId, assignment })),
      },
    });
    return token;
  }

  heartbeat(groupId: string, joined: JoinGroupResponse): void {
    this.step({
      type: "heartbeat",
      token: this.#tokens++,
      context,
      request: {
        groupId,
        memberId: joined.memberId,
        groupInstanceId: null,
        generationId: joined.generationId ?? -1,
      },
    });
  }

  commit(groupId: string, joined: JoinGroupResponse, committedOffset: number): void {
    this.step({
      type: "offsetCommit",
      token: this.#tokens++,
      context,
      request: {
        groupId,
        memberId: joined.memberId,
        groupInstanceId: null,
        generationIdOrMemberEpoch: joined.generationId ?? -1,
        retentionTimeMs: -1,
        topics: [{
          name: "topic",
          topicId: ZERO_UUID,
          partitions: [{
            partitionIndex: 0,
            committedOffset,
            committedLeaderEpoch: 0,
            committedMetadata: "",
          }],
        }],
      },
    });
  }

  joined(token: number): JoinGroupResponse {
    const response = this.replies.get(token) as JoinGroupResponse | undefined;
    if (response === undefined) throw new Error(`bench: JoinGroup ${token} has no answer`);
    return response;
  }
}

function subscription(): Uint8Array {
  const writer = new ByteWriter();
  writer.writeInt16(3);
  writer.writeInt32(1);
  writer.writeString("topic");
  writer.writeInt32(-1);
  writer.writeInt32(0);
  writer.writeInt32(-1);
  writer.writeInt16(-1);
  return writer.toBytes();
}

/** Measures `work` and prints one line; `count` is how many things it did. */
function measure(what: string, count: number, work: () => void): void {
  const startMs = performance.now();
  work();
  const tookMs = performance.now() - startMs;
  const each = (tookMs * 1_000 / count).toFixed(2);
  const rate = Math.round(count / tookMs * 1_000).toLocaleString("en");
  console.log(
    `${what.padEnd(58)} ${tookMs.toFixed(1).padStart(8)} ms  ${each.padStart(7)} µs each  ${rate}/s`,
  );
}

function memoryMb(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed / 1e6;
}

/** Joins with KIP-394's two steps, then syncs; returns the members by index. */
function stabilize(bench: Bench, groupOf: (index: number) => string, count: number): JoinGroupResponse[] {
  const first = Array.from({ length: count }, (_, index) => bench.join(groupOf(index), ""));
  let waiting = first.map((token, index) => bench.join(groupOf(index), bench.joined(token).memberId));
  bench.step({ type: "tick" });
  let joined = waiting.map((token) => bench.joined(token));
  if (joined.some(({ errorCode }) => errorCode !== ErrorCode.NONE)) {
    waiting = joined.map(({ memberId }, index) => bench.join(groupOf(index), memberId));
    joined = waiting.map((token) => bench.joined(token));
  }
  // Followers first, so that all of them wait for the leader.
  for (const [index, each] of joined.entries()) {
    if (each.memberId !== each.leader) bench.sync(groupOf(index), each);
  }
  for (const [index, each] of joined.entries()) {
    if (each.memberId === each.leader) bench.sync(groupOf(index), each);
  }
  return joined;
}

function manyGroups(): void {
  const before = memoryMb();
  const bench = new Bench();
  const groupOf = (index: number) => `group-${index}`;
  let members: JoinGroupResponse[] = [];
  measure(`${GROUPS} groups of 1 member: from nothing to stable`, GROUPS, () => {
    members = stabilize(bench, groupOf, GROUPS);
  });
  bench.replies.clear();

  const rounds = 20;
  measure(`${rounds * GROUPS} heartbeats, 3 s apart, with ticks`, rounds * GROUPS, () => {
    for (let round = 0; round < rounds; round++) {
      bench.nowMs += 3_000;
      bench.step({ type: "tick" });
      for (const [index, member] of members.entries()) bench.heartbeat(groupOf(index), member);
    }
  });
  bench.replies.clear();

  measure(`${10 * GROUPS} commits of 1 partition, one append each`, 10 * GROUPS, () => {
    for (let round = 0; round < 10; round++) {
      for (const [index, member] of members.entries()) bench.commit(groupOf(index), member, round);
    }
  });
  bench.replies.clear();

  const fresh = new GroupShard(defaultGroupConfig, () => "");
  measure(`loading ${bench.log.length} records`, bench.log.length, () => {
    for (const record of bench.log) fresh.replay(record);
    fresh.step({ type: "loaded" }, { monotonicMs: 0, wallMs: 0 });
  });
  bench.log.length = 0;
  const counted = `${bench.shard.groupCount} groups, ${bench.shard.offsetCount} offsets, twice`;
  console.log(`memory: ${(memoryMb() - before).toFixed(1)} MB for ${counted}, ${fresh.groupCount} loaded`);
}

function oneLargeGroup(): void {
  const before = memoryMb();
  const bench = new Bench();
  const groupOf = () => "large";
  let members: JoinGroupResponse[] = [];
  measure(`1 group of ${MEMBERS} members: from nothing to stable`, MEMBERS, () => {
    members = stabilize(bench, groupOf, MEMBERS);
  });
  measure(`the same ${MEMBERS} members rebalance`, MEMBERS, () => {
    // The leader first: it is what begins the rebalance.
    const order = [...members].sort((a, b) =>
      Number(b.memberId === b.leader) - Number(a.memberId === a.leader)
    );
    const tokens = order.map(({ memberId }) => bench.join("large", memberId));
    members = tokens.map((token) => bench.joined(token));
    for (const each of [...members].reverse()) bench.sync("large", each);
  });
  measure(`${MEMBERS} sessions end at once`, MEMBERS, () => {
    bench.nowMs += 400_000;
    bench.step({ type: "tick" });
    bench.nowMs += 400_000;
    bench.step({ type: "tick" });
  });
  console.log(
    `memory: ${(memoryMb() - before).toFixed(1)} MB; states: ${
      [...bench.shard.countByState()].map(([state, count]) => `${state} ${count}`).join(", ")
    }`,
  );
}

if (import.meta.main) {
  manyGroups();
  oneLargeGroup();
}
