/**
 * A classic consumer group: who its members are, what they support and what they wait for. This is the state; what
 * moves it from one phase to the next is in rebalance.ts, join.ts, sync.ts and leave.ts.
 */

import { assert } from "../../core/assert.ts";
import { Deadline } from "./deadlines.ts";
import { subscribedTopicsOf } from "./subscription.ts";
import type { ClassicGroupState, Token } from "./types.ts";

/** The protocol type of groups whose subscriptions and assignments the broker can read. */
export const CONSUMER_PROTOCOL_TYPE = "consumer";

export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A protocol (for consumers: an assignor) that a member supports, and what it tells the leader through it. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** A request that is answered later. */
export interface Waiting {
  readonly token: Token;
  readonly apiVersion: number;
}

/** What a deadline of a shard means. */
export interface GroupTimer {
  readonly kind: "session" | "pendingMember" | "join" | "sync" | "retention";
  /** Null for "retention" only. */
  readonly group: ClassicGroup | null;
  /** Empty unless the timer is a member's. */
  readonly memberId: string;
}

export interface Member {
  readonly memberId: string;
  /** Set for static members (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** In the member's order of preference, each name once. */
  protocols: readonly MemberProtocol[];
  assignment: Uint8Array;
  /** It has not been told yet that it is in: waiting for its first JoinGroup response does not keep it alive. */
  isNew: boolean;
  awaitingJoin: Waiting | null;
  awaitingSync: Waiting | null;
  readonly session: Deadline<GroupTimer>;
}

/** What is left of the time in which members may come to a first rebalance. */
export interface InitialRebalance {
  /** The part that is running now. */
  delayMs: number;
  /** What may follow when somebody new comes during this part. */
  remainingMs: number;
  newMemberAdded: boolean;
}

export class ClassicGroup {
  /** Groups of other types (KIP-848) will stand beside this one in the same map. */
  readonly type = "classic";
  readonly groupId: string;
  state: ClassicGroupState = "Empty";
  /** When `state` was entered, on the wall clock; -1 when the record it was loaded from does not say. */
  stateTimestampMs: number;
  generationId = 0;
  /** Null until somebody joined: a group that only stores offsets (a simple group) has none. */
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | null = null;
  readonly members = new Map<string, Member>();
  /** Member id by group.instance.id. */
  readonly staticMembers = new Map<string, string>();
  /** Ids that were given out (KIP-394) and have not been used to join yet. */
  readonly pendingJoin = new Map<string, Deadline<GroupTimer>>();
  /** Members of this generation that have not sent SyncGroup. */
  readonly pendingSync = new Set<string>();
  /** Members whose JoinGroup waits for the others. */
  awaitingJoinCount = 0;
  /** How many members support each protocol. */
  readonly protocolSupport = new Map<string, number>();
  /** The topics of all members; null when the broker cannot know. */
  subscribedTopics: ReadonlySet<string> | null = null;
  /** Set while the group prepares its first generation after being empty. */
  initialRebalance: InitialRebalance | null = null;
  readonly joinDeadline: Deadline<GroupTimer>;
  readonly syncDeadline: Deadline<GroupTimer>;
  /** The append that carries the leader's assignments; 0 when none is in flight. */
  assignmentAppendId = 0;
  /** Whether the log may hold a GroupMetadata record of this group. */
  persisted = false;
  /** Appends with records of this group that are not settled. */
  appendsInFlight = 0;

  constructor(groupId: string, stateTimestampMs: number) {
    this.groupId = groupId;
    this.stateTimestampMs = stateTimestampMs;
    this.joinDeadline = new Deadline<GroupTimer>({ kind: "join", group: this, memberId: "" });
    this.syncDeadline = new Deadline<GroupTimer>({ kind: "sync", group: this, memberId: "" });
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  /** Every member waits for the join phase to end, and nobody who was asked to come is missing. */
  get hasAllMembersJoined(): boolean {
    return this.awaitingJoinCount === this.members.size && this.pendingJoin.size === 0;
  }

  /** The longest rebalance timeout of any member, in milliseconds. */
  get rebalanceTimeoutMs(): number {
    let longestMs = 0;
    for (const member of this.members.values()) longestMs = Math.max(longestMs, member.rebalanceTimeoutMs);
    return longestMs;
  }

  addMember(member: Member, protocolType: string): void {
    assert(!this.members.has(member.memberId), "a member id joins a group once");
    if (member.groupInstanceId !== null) {
      assert(!this.staticMembers.has(member.groupInstanceId), "a group.instance.id belongs to one member");
      this.staticMembers.set(member.groupInstanceId, member.memberId);
    }
    if (this.members.size === 0) this.protocolType = protocolType;
    assert(this.protocolType === protocolType, "all members of a group have its protocol type");
    this.leaderId ??= member.memberId;
    this.members.set(member.memberId, member);
    this.#countProtocols(member, 1);
    if (member.awaitingJoin !== null) this.awaitingJoinCount++;
  }

  /** Takes a member out; the caller has answered what it waited for. A leader that goes is replaced. */
  removeMember(member: Member): void {
    assert(
      member.awaitingJoin === null && member.awaitingSync === null,
      "a removed member waits for nothing",
    );
    this.members.delete(member.memberId);
    this.#countProtocols(member, -1);
    this.pendingSync.delete(member.memberId);
    if (member.groupInstanceId !== null) this.staticMembers.delete(member.groupInstanceId);
    if (!this.isLeader(member.memberId)) return;
    const next = this.members.keys().next();
    this.leaderId = next.done ? null : next.value;
  }

  /** Puts `replacement` in the place of the static member `member` (KIP-345); the leader stays the leader. */
  replaceMember(member: Member, replacement: Member): void {
    const instanceId = member.groupInstanceId;
    assert(
      instanceId !== null && instanceId === replacement.groupInstanceId,
      "only a static member is replaced",
    );
    const wasLeader = this.isLeader(member.memberId);
    const wasPendingSync = this.pendingSync.has(member.memberId);
    const protocolType = this.protocolType;
    assert(protocolType !== null, "a group with members has a protocol type");
    this.removeMember(member);
    this.addMember(replacement, protocolType);
    if (wasLeader) this.leaderId = replacement.memberId;
    if (wasPendingSync) this.pendingSync.add(replacement.memberId);
  }

  setProtocols(member: Member, protocols: readonly MemberProtocol[]): void {
    this.#countProtocols(member, -1);
    member.protocols = protocols;
    this.#countProtocols(member, 1);
  }

  setAwaitingJoin(member: Member, waiting: Waiting | null): void {
    if (member.awaitingJoin === null && waiting !== null) this.awaitingJoinCount++;
    if (member.awaitingJoin !== null && waiting === null) this.awaitingJoinCount--;
    member.awaitingJoin = waiting;
  }

  /** Whether a member with these protocols could belong to the group. */
  supportsProtocols(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.state === "Empty") return protocolType !== "" && protocols.length > 0;
    if (protocolType !== this.protocolType) return false;
    return protocols.some(({ name }) => (this.protocolSupport.get(name) ?? 0) === this.members.size);
  }

  /**
   * The protocol of the next generation: of those that all members support, the one that most members prefer; of
   * equally popular ones, the one that got its first vote earlier.
   */
  selectProtocol(): string {
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const choice = member.protocols.find(({ name }) =>
        this.protocolSupport.get(name) === this.members.size
      );
      assert(choice !== undefined, "a group has a protocol that all its members support");
      votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    let selected = "";
    let most = 0;
    for (const [name, count] of votes) {
      if (count > most) [selected, most] = [name, count];
    }
    return selected;
  }

  /** What a member told the leader through the protocol of this generation. */
  metadataOf(member: Member): Uint8Array {
    return member.protocols.find(({ name }) => name === this.protocolName)?.metadata ?? NO_BYTES;
  }

  /** Reads the subscriptions again; called when the members of a generation are known. */
  updateSubscribedTopics(): void {
    this.subscribedTopics = null;
    if (!this.usesConsumerProtocol) return;
    const topics = new Set<string>();
    for (const member of this.members.values()) {
      const subscribed = subscribedTopicsOf(this.metadataOf(member));
      if (subscribed === null) return;
      for (const topic of subscribed) topics.add(topic);
    }
    if (this.members.size > 0 && this.protocolName === null) return;
    this.subscribedTopics = topics;
  }

  /** When the broker cannot read a consumer group's subscriptions, every topic counts as subscribed. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics === null ? this.usesConsumerProtocol : this.subscribedTopics.has(topic);
  }

  #countProtocols(member: Member, change: 1 | -1): void {
    for (const { name } of member.protocols) {
      const count = (this.protocolSupport.get(name) ?? 0) + change;
      if (count === 0) this.protocolSupport.delete(name);
      else this.protocolSupport.set(name, count);
    }
  }
}
