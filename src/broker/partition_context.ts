/** What a partition of a broker is given: its name, what its topic says, and whom it tells. */

import type { Uuid } from "../core/ids.ts";
import type { Clock } from "../platform/platform.ts";
import type { BrokerCounters } from "./metrics/traffic.ts";
import type { Partition } from "./partition.ts";
import type { IsrMember, LeaderContext } from "./replication/leader_state.ts";
import type { ThrottledSides } from "./replication/replication_quota.ts";

/** Which partition it is, for good. */
export interface PartitionIdentity {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
}

/** What its topic's configs say for it. */
export interface PartitionSettings {
  readonly minInSyncReplicas: number;
  /** Where its replication is throttled while it is not in sync (KIP-73). */
  readonly throttled: ThrottledSides;
}

/** What all partitions of a broker share. */
export interface PartitionContext extends LeaderContext {
  readonly clock: Clock;
  readonly counters: BrokerCounters;
  /** The leader wants its ISR altered: whoever is told asks it with {@link Partition.proposeIsr}. */
  readonly onIsrWish: (partition: Partition) => void;
  /** The partition has a role that it could not take when the metadata gave it: its log had to be cut first. */
  readonly onLateRole: (partition: Partition) => void;
}

/** An ISR that the leader asked for, and the state of the partition that it was made from. */
export interface IsrProposal {
  readonly members: readonly IsrMember[];
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}
