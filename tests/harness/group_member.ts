/** A member of a group by hand: every step of the protocol is one call, and any code may come back. */

import { encodeAssignment, encodeSubscription } from "../../src/client/group/consumer_protocol.ts";
import { errorInfo } from "../../src/protocol/error_codes.ts";
import { offsetCommit } from "../../src/protocol/messages/08_offset_commit.ts";
import { offsetFetch } from "../../src/protocol/messages/09_offset_fetch.ts";
import { findCoordinator } from "../../src/protocol/messages/10_find_coordinator.ts";
import { joinGroup } from "../../src/protocol/messages/11_join_group.ts";
import { heartbeat } from "../../src/protocol/messages/12_heartbeat.ts";
import { leaveGroup } from "../../src/protocol/messages/13_leave_group.ts";
import { syncGroup } from "../../src/protocol/messages/14_sync_group.ts";
import type { Decoded, Encodable } from "../../src/protocol/schema.ts";
import type { Address } from "../../src/platform/network.ts";
import { WireClient } from "./wire.ts";

type JoinChanges = Partial<Encodable<typeof joinGroup.request>>;

/** A subscription to topics, as members send it. */
export function subscriptionTo(...topics: string[]): Uint8Array {
  return encodeSubscription({
    topics: new Set(topics),
    userData: null,
    owned: new Map(),
    generationId: -1,
    rackId: null,
  });
}

/** The names of codes read better than the codes. */
export function nameOf(errorCode: number): string {
  return errorInfo(errorCode).name;
}

export class GroupMember implements Disposable {
  readonly groupId: string;
  readonly wire: WireClient;
  readonly groupInstanceId: string | null;
  memberId = "";
  generationId = -1;
  isLeader = false;
  members: readonly string[] = [];
  protocolName: string | null = null;

  constructor(wire: WireClient, groupId: string, options: { readonly groupInstanceId?: string } = {}) {
    this.wire = wire;
    this.groupId = groupId;
    this.groupInstanceId = options.groupInstanceId ?? null;
  }

  static async connect(
    address: Address,
    groupId: string,
    options: { readonly groupInstanceId?: string } = {},
  ): Promise<GroupMember> {
    const wire = await WireClient.connect(address);
    const member = new GroupMember(wire, groupId, options);
    await member.untilCoordinated();
    return member;
  }

  /** Waits until the group has a coordinator: the offsets topic is made when it is first asked for. */
  async untilCoordinated(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const { coordinators } = await this.wire.send(findCoordinator, 4, {
        keyType: 0,
        coordinatorKeys: [this.groupId],
      });
      const { topics } = await this.tryFetch("nothing", [0]);
      if (coordinators![0]!.errorCode === 0 && topics !== null) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`group ${this.groupId} has no coordinator`);
  }

  /** JoinGroup as it is; takes over ids and generation from an answer without error. */
  async tryJoin(changes: JoinChanges = {}): Promise<Decoded<typeof joinGroup.response>> {
    const response = await this.wire.send(joinGroup, 9, {
      groupId: this.groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: subscriptionTo("t") }],
      ...changes,
    });
    if (response.errorCode !== 0) return response;
    this.memberId = response.memberId;
    this.generationId = response.generationId;
    this.isLeader = response.leader === response.memberId;
    this.members = response.members.map(({ memberId }) => memberId);
    this.protocolName = response.protocolName;
    return response;
  }

  /** Joins with the two steps of KIP-394. */
  async join(changes: JoinChanges = {}): Promise<void> {
    let response = await this.tryJoin(changes);
    if (nameOf(response.errorCode) === "MEMBER_ID_REQUIRED") {
      response = await this.tryJoin({ ...changes, memberId: response.memberId });
    }
    if (response.errorCode !== 0) throw new Error(`JoinGroup: ${nameOf(response.errorCode)}`);
  }

  /** SyncGroup; a leader hands in `assignments` by member id. */
  trySync(
    changes: Partial<Encodable<typeof syncGroup.request>> = {},
  ): Promise<Decoded<typeof syncGroup.response>> {
    return this.wire.send(syncGroup, 5, {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      protocolType: "consumer",
      protocolName: this.protocolName,
      assignments: this.isLeader
        ? this.members.map((memberId, index) => ({
          memberId,
          assignment: encodeAssignment(new Map([["t", [index]]])),
        }))
        : [],
      ...changes,
    });
  }

  /** Joins and syncs as the only member of its group. */
  async enter(changes: JoinChanges = {}): Promise<void> {
    await this.join(changes);
    const { errorCode } = await this.trySync();
    if (errorCode !== 0) throw new Error(`SyncGroup: ${nameOf(errorCode)}`);
  }

  /** Heartbeat; resolves with the name of the code. */
  async beat(changes: Partial<Encodable<typeof heartbeat.request>> = {}): Promise<string> {
    const { errorCode } = await this.wire.send(heartbeat, 4, {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      ...changes,
    });
    return nameOf(errorCode);
  }

  /** OffsetCommit for a topic; resolves with the name of each partition's code. */
  async commit(
    topic: string,
    offsets: Readonly<Record<number, number>>,
    changes: Partial<Encodable<typeof offsetCommit.request>> & { readonly metadata?: string } = {},
  ): Promise<string[]> {
    const { metadata = "", ...rest } = changes;
    const { topics } = await this.wire.send(offsetCommit, 9, {
      groupId: this.groupId,
      generationIdOrMemberEpoch: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.groupInstanceId,
      topics: [{
        name: topic,
        partitions: Object.entries(offsets).map(([index, committedOffset]) => ({
          partitionIndex: Number(index),
          committedOffset,
          committedMetadata: metadata,
        })),
      }],
      ...rest,
    });
    return topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => nameOf(errorCode)));
  }

  /** OffsetFetch; topics are null when the coordinator refuses. */
  async tryFetch(
    topic: string,
    partitionIndexes: readonly number[],
  ): Promise<{ readonly errorCode: number; readonly topics: Record<number, number> | null }> {
    const { errorCode, topics } = await this.wire.send(offsetFetch, 7, {
      groupId: this.groupId,
      topics: [{ name: topic, partitionIndexes: [...partitionIndexes] }],
      requireStable: true,
    });
    if (errorCode !== 0) return { errorCode, topics: null };
    const partitions = topics![0]!.partitions;
    const offsets = partitions.map((one) => [one.partitionIndex, one.committedOffset]);
    return { errorCode, topics: Object.fromEntries(offsets) };
  }

  /** The committed offsets; -1 where there is none. */
  async committed(topic: string, ...partitionIndexes: number[]): Promise<number[]> {
    const { errorCode, topics } = await this.tryFetch(topic, partitionIndexes);
    if (topics === null) throw new Error(`OffsetFetch: ${nameOf(errorCode)}`);
    return partitionIndexes.map((index) => topics[index]!);
  }

  async leave(): Promise<string> {
    const { groupId, memberId, groupInstanceId } = this;
    const { errorCode, members } = await this.wire.send(leaveGroup, 5, {
      groupId,
      members: [{ memberId, groupInstanceId }],
    });
    return nameOf(errorCode || members![0]!.errorCode);
  }

  [Symbol.dispose](): void {
    this.wire.close();
  }
}
