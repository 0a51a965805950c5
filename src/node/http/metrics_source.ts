/** Everything that a node counts, gathered from its parts when somebody asks. */

import { Traffic } from "../../broker/metrics/traffic.ts";
import type { HttpCounters } from "../../http/gate.ts";
import type {
  ControllerSample,
  GroupSample,
  GroupTotals,
  MetricsSource,
  PartitionSample,
  ProcessSample,
  QuorumSample,
  ReplicationSample,
} from "../../http/metrics/source.ts";
import type { MetadataChange } from "../../metadata/change.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { Clock } from "../../platform/platform.ts";
import type { LoopDelay } from "./loop_delay.ts";
import type { ShownNode } from "./parts.ts";
import { apiSamples, connectionSample } from "./request_samples.ts";

const RECOVERING = 1;

const NO_REPLICAS: ReplicationSample = {
  partitions: 0,
  leaders: 0,
  underReplicated: 0,
  underMinIsr: 0,
  atMinIsr: 0,
  offlineReplicas: 0,
  isrShrinks: 0,
  isrExpands: 0,
  failedIsrUpdates: 0,
  reassigning: 0,
  maxLag: 0,
  producePurgatory: 0,
  fetchPurgatory: 0,
};
const NO_GROUPS: GroupTotals = { groups: 0, byState: new Map(), rebalances: 0, offsetCommits: 0 };

export class NodeMetrics implements MetricsSource {
  readonly #node: ShownNode;
  readonly #clock: Clock;
  readonly #loopDelay: LoopDelay;
  readonly #http: HttpCounters;
  #leader = { id: -1, epoch: -1 };
  #elections = 0;
  #uncleanElections = 0;
  /** Since when committed metadata have not been in force; null while all are. */
  #behindSinceMs: number | null = null;

  constructor(
    node: ShownNode,
    parts: { readonly clock: Clock; readonly loopDelay: LoopDelay; readonly http: HttpCounters },
  ) {
    this.#node = node;
    this.#clock = parts.clock;
    this.#loopDelay = parts.loopDelay;
    this.#http = parts.http;
    const { quorum } = node;
    this.#onLeader();
    quorum.onLeadership(() => this.#onLeader());
    quorum.onImage((_image, change) => this.#onChange(change));
  }

  /** Looks at what has to be looked at from time to time; to be called once a second or so. */
  look(): void {
    this.#node.serving?.broker.metrics.look();
    const { highWatermark } = this.#node.quorum;
    if (this.#image().offset >= highWatermark - 1) this.#behindSinceMs = null;
    else this.#behindSinceMs ??= this.#clock.monotonicMs();
  }

  apis() {
    return apiSamples(this.#servers());
  }

  connections() {
    return connectionSample(this.#servers());
  }

  traffic() {
    return this.#node.serving?.broker.metrics.traffic ?? new Traffic();
  }

  replication(): ReplicationSample {
    return this.#node.serving?.broker.metrics.replication() ?? NO_REPLICAS;
  }

  partitions(): Iterable<PartitionSample> {
    return this.#node.serving?.broker.metrics.partitions() ?? [];
  }

  groupTotals(): GroupTotals {
    return this.#node.serving?.broker.metrics.groupTotals() ?? NO_GROUPS;
  }

  groups(): Iterable<GroupSample> {
    return this.#node.serving?.broker.metrics.groups() ?? [];
  }

  disks() {
    return this.#node.serving?.broker.metrics.disks() ?? [];
  }

  quorum(): QuorumSample {
    const { quorum } = this.#node;
    const { leaderId, leaderEpoch, highWatermark, voters, observers } = quorum.describe();
    const { logEndOffset } = quorum;
    const ofOthers = (isVoter: boolean) => (one: { id: number; logEndOffset: number }) => ({
      id: one.id,
      isVoter,
      logEndOffset: one.logEndOffset,
      lag: Math.max(0, logEndOffset - Math.max(0, one.logEndOffset)),
    });
    return {
      state: quorum.role,
      leaderId,
      epoch: leaderEpoch,
      highWatermark,
      logEndOffset,
      appliedOffset: this.#image().offset,
      applyLagMs: this.#behindSinceMs === null ? 0 : this.#clock.monotonicMs() - this.#behindSinceMs,
      elections: this.#elections,
      commitLatency: quorum.commitLatency,
      replicas: [...voters.map(ofOthers(true)), ...observers.map(ofOthers(false))],
    };
  }

  controller(): ControllerSample | null {
    const { controller } = this.#node;
    if (controller?.isActive !== true) return null;
    return { ...countCluster(controller.image), uncleanElections: this.#uncleanElections };
  }

  process(): ProcessSample {
    const { usage } = this.#node;
    const cpu = usage?.cpu() ?? { userMs: 0, systemMs: 0 };
    const memory = usage?.memory() ??
      { residentBytes: 0, heapUsedBytes: 0, heapTotalBytes: 0, externalBytes: 0 };
    return {
      cpuUserSeconds: cpu.userMs / 1000,
      cpuSystemSeconds: cpu.systemMs / 1000,
      ...memory,
      loopDelay: this.#loopDelay.histogram,
    };
  }

  http() {
    return this.#http;
  }

  throttles(): ReturnType<MetricsSource["throttles"]> {
    return this.#node.serving?.broker.metrics.throttles() ?? new Map();
  }

  #servers() {
    const { peerServer, serving } = this.#node;
    return serving === null ? [peerServer] : [serving.server, peerServer];
  }

  #image(): MetadataImage {
    return this.#node.serving?.broker.image ?? this.#node.quorum.image;
  }

  /** Counts every leader that comes; that one is gone is part of the same change. */
  #onLeader(): void {
    const { leaderId: id, leaderEpoch: epoch } = this.#node.quorum.leadership;
    if (id < 0 || (id === this.#leader.id && epoch === this.#leader.epoch)) return;
    this.#leader = { id, epoch };
    this.#elections++;
  }

  /** A leader that has to recover was elected from outside the ISR (KIP-704). */
  #onChange({ topics }: MetadataChange): void {
    for (const { before, after, partitions } of topics.values()) {
      for (const index of partitions) {
        const now = after?.partitions[index];
        const then = before?.partitions[index];
        if (now?.leaderRecoveryState !== RECOVERING || now.leader < 0) continue;
        if (then?.leader !== now.leader || then.leaderEpoch !== now.leaderEpoch) this.#uncleanElections++;
      }
    }
  }
}

function countCluster(image: MetadataImage): Omit<ControllerSample, "uncleanElections"> {
  const counts = {
    activeBrokers: 0,
    fencedBrokers: 0,
    topics: 0,
    partitions: 0,
    offlinePartitions: 0,
    notPreferredLeaders: 0,
  };
  for (const { fenced } of image.brokers.values()) {
    if (fenced) counts.fencedBrokers++;
    else counts.activeBrokers++;
  }
  for (const { partitions } of image.topics.byId.values()) {
    counts.topics++;
    counts.partitions += partitions.length;
    for (const { leader, replicas } of partitions) {
      if (leader < 0) counts.offlinePartitions++;
      else if (leader !== replicas[0]) counts.notPreferredLeaders++;
    }
  }
  return counts;
}
