/** What an assignor is: the part of a consumer group that decides who reads what. It runs in the group's leader. */

import { compareStrings, type Subscription, type TopicPartitions } from "../consumer_protocol.ts";

/** A member as the leader sees it. */
export interface AssignorMember {
  readonly memberId: string;
  /** Set for static members (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly subscription: Subscription;
}

/** How many partitions each topic has. Topics that do not exist are not in it. */
export type PartitionCounts = ReadonlyMap<string, number>;

/** What everybody gets, by member id; every member is in it. */
export type Assignments = ReadonlyMap<string, TopicPartitions>;

export interface Assignor {
  /** The protocol name of JoinGroup; members of one group must share one. */
  readonly name: string;
  /**
   * Whether members keep what they own while the group rebalances and give up only what goes to others (KIP-429).
   * Otherwise all give up everything before they join again.
   */
  readonly cooperative: boolean;
  /** What a member tells the leader beside its topics, given the generation it was last part of. */
  userData(generationId: number): Uint8Array | null;
  assign(partitionCounts: PartitionCounts, members: readonly AssignorMember[]): Assignments;
}

/** A new, empty assignment for every member. */
export function emptyAssignments(members: readonly AssignorMember[]): Map<string, Map<string, number[]>> {
  return new Map(members.map(({ memberId }) => [memberId, new Map()]));
}

/** Adds one partition to what a member gets. */
export function give(assigned: Map<string, number[]>, topic: string, partition: number): void {
  const known = assigned.get(topic);
  if (known === undefined) assigned.set(topic, [partition]);
  else known.push(partition);
}

/**
 * The order of members that Kafka's assignors share: static members by their instance id, then the others by member
 * id. Static members so keep their partitions over restarts, which change their member id.
 */
export function inOrder(members: readonly AssignorMember[]): AssignorMember[] {
  return [...members].sort((a, b) => {
    if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
      return compareStrings(a.groupInstanceId, b.groupInstanceId);
    }
    if (a.groupInstanceId !== null) return -1;
    if (b.groupInstanceId !== null) return 1;
    return compareStrings(a.memberId, b.memberId);
  });
}

/** The topics that anybody subscribes to and that exist, in order of their names. */
export function subscribedTopics(counts: PartitionCounts, members: readonly AssignorMember[]): string[] {
  const topics = new Set(members.flatMap(({ subscription }) => [...subscription.topics]));
  return [...topics].filter((topic) => counts.has(topic)).sort(compareStrings);
}
