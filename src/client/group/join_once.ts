/** Joins a group for somebody who sends the heartbeats and commits the positions on their own, as over HTTP. */

import type { Cluster } from "../cluster.ts";
import { encodeSubscription, NO_GENERATION, type TopicPartitions } from "./consumer_protocol.ts";
import { CoordinatorClient } from "./coordinator_client.ts";
import { Leader } from "./leader.ts";
import { Membership } from "./membership.ts";
import type { MembershipOptions } from "./options.ts";

export interface JoinOnceOptions extends MembershipOptions {
  readonly topics: ReadonlySet<string>;
  /** Of an earlier join; empty for a new member. */
  readonly memberId: string;
}

/** A member in a generation of its group. */
export interface GroupSeat {
  readonly memberId: string;
  readonly generationId: number;
  readonly isLeader: boolean;
  /** The assignor that the group uses. */
  readonly protocol: string;
  readonly assigned: TopicPartitions;
}

/**
 * Joins, assigns if the member leads, and resolves with what it gets. Throws `BrokerError` when the group does not
 * take it, `UnreachableError` when the coordinator does not answer, and `NetworkError` when the group does not come to
 * rest within the rebalance timeout.
 */
export async function joinOnce(cluster: Cluster, options: JoinOnceOptions): Promise<GroupSeat> {
  const coordinator = new CoordinatorClient(cluster, options.groupId);
  const leader = new Leader(cluster);
  const membership = new Membership({
    cluster,
    coordinator,
    options,
    memberId: options.memberId,
    isAlive: () => true,
    onAttention: () => {},
  });
  const timer = cluster.options.timers.after(options.rebalanceTimeoutMs, () => membership.stopJoining());
  try {
    const { assignor, isLeader, assigned } = await membership.join({
      metadataFor: (assignor) =>
        encodeSubscription({
          topics: options.topics,
          userData: assignor.userData(NO_GENERATION),
          owned: new Map(),
          generationId: NO_GENERATION,
          rackId: options.rackId,
        }),
      assign: (assignor, members) => leader.assign(assignor, members),
    });
    const { memberId, generationId } = membership;
    return { memberId, generationId, isLeader, protocol: assignor.name, assigned };
  } finally {
    timer.cancel();
    membership.detach();
    coordinator.close();
  }
}
