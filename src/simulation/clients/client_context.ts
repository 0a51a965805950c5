/** What all clients of a simulation share. */

import type { Prng } from "../../core/prng.ts";
import type { Address } from "../../platform/network.ts";
import type { Platform } from "../../platform/platform.ts";
import type { SimCluster } from "../cluster/sim_cluster.ts";
import type { CommittedOffsets } from "../model/committed_offsets.ts";
import { GroupAssignments } from "../model/group_assignments.ts";
import { type Moment, PartitionHistory } from "../model/partition_history.ts";
import type { KnownTopic, TopicCatalog } from "../model/topic_catalog.ts";
import type { World } from "../world.ts";

/** What a run is doing: clients work under faults, then without, then finish what they have begun. */
export type Phase = "faults" | "healed" | "draining" | "over";

export class ClientContext {
  readonly world: World;
  readonly cluster: SimCluster;
  readonly topics: TopicCatalog;
  readonly offsets: CommittedOffsets;
  readonly assignments: GroupAssignments;
  /**
   * Whether the name of a deleted topic may be used again. Brokers ask the controller again when they get no answer,
   * and where what was sent first may arrive late, a new topic would be deleted in the place of the old one.
   */
  reusesNames = true;
  /** How many times slower than usual clients work: with less to do between them, more faults fit in a second. */
  pace = 1;
  phase: Phase = "faults";
  /** Whether there are no faults any more, although not all is well yet. */
  isOver = false;
  /** Since when all is well; Infinity before. */
  healedUs = Infinity;
  /** How often everybody has been asked to show that they get on. */
  round = 0;
  readonly #histories = new Map<string, PartitionHistory>();
  readonly #producerIds = new Set<number>();

  constructor(
    world: World,
    cluster: SimCluster,
    model: {
      readonly topics: TopicCatalog;
      readonly offsets: CommittedOffsets;
    },
  ) {
    this.world = world;
    this.cluster = cluster;
    this.topics = model.topics;
    this.offsets = model.offsets;
    this.assignments = new GroupAssignments(world.findings, () => this.isDurable(cluster.plan));
  }

  /** Whether a topic keeps what it acknowledges, whatever this run does to the nodes. */
  isDurable({ flushes, replicationFactor, minInSync }: Safeguards): boolean {
    const { plan, loses } = this.cluster;
    const isFlushed = (flushes || plan.flushes) && !loses.disks;
    return isFlushed || (!loses.together && replicationFactor >= 2 && minInSync >= 2);
  }

  /** Where clients find the cluster. */
  get addresses(): readonly Address[] {
    return this.cluster.addresses;
  }

  /** How often what promises depend on has happened until now. */
  now(): Moment {
    return this.cluster.now();
  }

  /** The highest offset that anybody asked to delete below in a partition. */
  askedBelow(name: string, partition: number): number {
    const topic = this.topics.find(name);
    return topic === undefined ? 0 : this.history(topic, partition).askedBelow;
  }

  /** All partitions that anybody has used. */
  histories(): Iterable<PartitionHistory> {
    return this.#histories.values();
  }

  history(topic: KnownTopic, partition: number): PartitionHistory {
    const before = topic.formerIds.size;
    const label = `${topic.name}${before === 0 ? "" : `~${before}`}-${partition}`;
    let history = this.#histories.get(label);
    if (history === undefined) {
      history = new PartitionHistory(
        { ...topic, label, isUnmoved: this.cluster.plan.nodes.length === 1 },
        this.world.findings,
        () => this.now(),
      );
      this.#histories.set(label, history);
    }
    return history;
  }

  /** A producer was given an id, which nobody else may ever have. */
  onProducerId(id: number): void {
    this.world.findings.require(
      !this.#producerIds.has(id),
      "a producer id is given once",
      () => `${id} was given before`,
    );
    this.#producerIds.add(id);
  }

  /** Notes in the transcript what a client does. */
  note(...parts: (string | number)[]): void {
    this.world.scheduler.note(...parts);
  }
}

/** What keeps the records of a topic. */
export interface Safeguards {
  /** `flush.messages=1`. */
  readonly flushes: boolean;
  readonly replicationFactor: number;
  readonly minInSync: number;
}

/** One of the clients. */
export interface Client {
  readonly name: string;
  /** Whether it has done all it wanted to do, in the phase that the run is in. */
  readonly isSettled: boolean;
  /** Works until the run is over. */
  run(): Promise<void>;
}

/** What a client is made with. */
export interface ClientOptions {
  readonly name: string;
  readonly context: ClientContext;
  readonly platform: Platform;
  readonly prng: Prng;
}
