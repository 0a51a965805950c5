/** How a group consumer works. Names and defaults follow Kafka's Java client. */

import type { FetcherOptions } from "../consumer/options.ts";
import type { Position } from "../consumer/positions.ts";
import type { AssignorName } from "./assignors/names.ts";
import type { TopicPartitions } from "./consumer_protocol.ts";

/** How a member belongs to its group. */
export interface MembershipOptions {
  readonly groupId: string;
  /** Makes the member a static one, which may restart without a rebalance (KIP-345); null for a dynamic member. */
  readonly groupInstanceId: string | null;
  /** In order of preference; the group uses one that all its members have. */
  readonly assignors: readonly AssignorName[];
  /** After so long without a heartbeat the member counts as gone, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** How long members have to finish what they do and join again, in milliseconds; also the longest time between two polls. */
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rackId: string | null;
}

export const defaultMembershipOptions: Omit<MembershipOptions, "groupId"> = {
  groupInstanceId: null,
  assignors: ["range"],
  sessionTimeoutMs: 45_000,
  rebalanceTimeoutMs: 300_000,
  heartbeatIntervalMs: 3_000,
  rackId: null,
};

/** Is told of what a member gets and gives up, between two polls; the next poll waits for what it returns. */
export interface RebalanceListener {
  /** Partitions that are the member's from now on. */
  onAssigned?(partitions: TopicPartitions): void | Promise<void>;
  /** Partitions that go to others; positions can still be committed. */
  onRevoked?(partitions: TopicPartitions): void | Promise<void>;
  /** Partitions that others may have had for some time: nothing can be committed any more. */
  onLost?(partitions: TopicPartitions): void | Promise<void>;
}

/** How a member of a group consumes. */
export interface GroupConsumerOptions extends MembershipOptions {
  readonly topics: readonly string[];
  /** Where to begin in partitions for which the group has no position. */
  readonly startAt: Position;
  /** How often what was worked off is committed, in milliseconds; null leaves it to the caller. */
  readonly autoCommitIntervalMs: number | null;
  /** How often the leader looks whether topics have more partitions, in milliseconds. */
  readonly metadataMaxAgeMs: number;
  readonly fetcher: Partial<FetcherOptions>;
  readonly listener: RebalanceListener;
}

export const defaultGroupConsumerOptions: Omit<GroupConsumerOptions, "groupId" | "topics"> = {
  ...defaultMembershipOptions,
  startAt: { at: "end" },
  autoCommitIntervalMs: 5_000,
  metadataMaxAgeMs: 60_000,
  fetcher: {},
  listener: {},
};
