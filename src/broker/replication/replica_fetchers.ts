/** Follows every partition that this broker has a replica of and does not lead: one fetcher for each leader. */

import type { NodeId } from "../../core/ids.ts";
import { NO_NODE } from "../../core/ids.ts";
import type { Partition } from "../partition.ts";
import type { LeaderFetcher } from "./leader_fetcher.ts";

export class ReplicaFetchers {
  readonly #nodeId: NodeId;
  readonly #create: (leaderId: NodeId) => LeaderFetcher;
  readonly #fetchers = new Map<NodeId, LeaderFetcher>();
  /** Which leader each followed partition is fetched from. */
  readonly #leaders = new Map<Partition, NodeId>();
  #closed = false;

  constructor(nodeId: NodeId, create: (leaderId: NodeId) => LeaderFetcher) {
    this.#nodeId = nodeId;
    this.#create = create;
  }

  /** Takes the role that a partition has now. */
  onRole(partition: Partition): void {
    if (this.#closed) return;
    const { leader } = partition.state;
    const isFollowed = leader !== NO_NODE && leader !== this.#nodeId && partition.log.offline === null;
    const before = this.#leaders.get(partition);
    if (before !== undefined && (!isFollowed || before !== leader)) this.onGone(partition);
    if (!isFollowed) return;
    let fetcher = this.#fetchers.get(leader);
    if (fetcher === undefined) this.#fetchers.set(leader, fetcher = this.#create(leader));
    this.#leaders.set(partition, leader);
    fetcher.follow(partition);
  }

  /** The partition is not here any more, or not followed. */
  onGone(partition: Partition): void {
    const leader = this.#leaders.get(partition);
    if (leader === undefined) return;
    this.#leaders.delete(partition);
    const fetcher = this.#fetchers.get(leader);
    fetcher?.unfollow(partition);
    if (fetcher?.size !== 0) return;
    fetcher.close();
    this.#fetchers.delete(leader);
  }

  /** A log begins later than its leader knows, who would go on sending consumers here for what is gone (KIP-392). */
  onExpired(partition: Partition): void {
    const leader = this.#leaders.get(partition);
    if (leader !== undefined) this.#fetchers.get(leader)?.tell(partition);
  }

  /** The registration of a broker has changed. */
  onBrokerChanged(id: NodeId): void {
    this.#fetchers.get(id)?.onAddressChanged();
  }

  close(): void {
    this.#closed = true;
    for (const fetcher of this.#fetchers.values()) fetcher.close();
    this.#fetchers.clear();
    this.#leaders.clear();
  }
}
