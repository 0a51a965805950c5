/** The metrics page: everything that a node counts, in the order of the catalog, made in slices. */

import type { Clock, Timers } from "../../platform/platform.ts";
import type { HttpContext } from "../context.ts";
import {
  brokerTraffic,
  connectionMetrics,
  controllerMetrics,
  groupMetrics,
  httpMetrics,
  type Metric,
  nodeMetrics,
  partitionMetrics,
  partitionTraffic,
  processMetrics,
  quorumMetrics,
  replicationMetrics,
  requestMetrics,
  storageMetrics,
  topicTraffic,
  type TrafficKind,
  trafficKinds,
} from "./catalog.ts";
import type {
  ApiSample,
  GroupPartitionSample,
  GroupSample,
  PartitionSample,
  RequestPhase,
} from "./source.ts";
import { labelsText, type MetricsFormat, MetricsText } from "./text.ts";

/** How long the page may be worked on before others have their turn, in milliseconds. */
const SLICE_MS = 5;
/** How many things are looked at between two looks at the clock. */
const STRIDE = 32;
/** Text is handed on once there is about this much of it, in characters. */
const CHUNK_LENGTH = 64 * 1024;

const PARTITION = ["topic", "partition"];
const GROUP_PARTITION = ["group", "topic", "partition"];
const PHASES: readonly RequestPhase[] = ["queue", "local", "remote", "response_queue", "send"];
const QUORUM_STATES = [
  ...["leader", "candidate", "prospective", "follower"],
  ...["observer", "voted", "unattached", "resigned"],
];

/** Gives the event loop its turns while a page is made. */
class Slices {
  readonly #parts: { readonly clock: Clock; readonly timers: Timers };
  #sinceMs: number;
  #steps = 0;

  constructor(parts: { readonly clock: Clock; readonly timers: Timers }) {
    this.#parts = parts;
    this.#sinceMs = parts.clock.monotonicMs();
  }

  /** To be called for each thing; true when a pause is due. */
  isDue(): boolean {
    if (++this.#steps % STRIDE !== 0) return false;
    return this.#parts.clock.monotonicMs() - this.#sinceMs > SLICE_MS;
  }

  async pause(): Promise<void> {
    await this.#parts.timers.yield();
    this.#sinceMs = this.#parts.clock.monotonicMs();
  }
}

/** A partition with the labels that all of its metrics have. */
interface LabelledPartition {
  readonly sample: PartitionSample;
  readonly labels: string;
}

interface LabelledGroupPartition {
  readonly sample: GroupPartitionSample;
  readonly labels: string;
}

type Totals = Record<TrafficKind, number>;

class Page {
  readonly #context: HttpContext;
  readonly #text: MetricsText;
  readonly #slices: Slices;

  constructor(context: HttpContext, format: MetricsFormat) {
    this.#context = context;
    this.#text = new MetricsText(format);
    this.#slices = new Slices(context);
  }

  async *write(): AsyncGenerator<string> {
    const { metrics } = this.#context;
    const text = this.#text;
    const partitions = await this.#collect(metrics.partitions());
    const groups = await this.#collect(metrics.groups());
    const shown = busiest(partitions, this.#context.config.get("metrics.max.partitions"));
    const limit = this.#context.config.get("metrics.max.group.partitions");
    const groupPartitions = laggards(groups, limit);
    this.#node(partitions.length - shown.length, groupPartitions.leftOut);
    const total = metrics.traffic();
    for (const kind of trafficKinds) this.#one(brokerTraffic[kind], total[kind]);
    this.#requests([...metrics.apis()]);
    this.#connections();
    this.#replication();
    this.#storage();
    yield text.take();
    yield* this.#groups(groups, groupPartitions.shown);
    this.#quorum();
    this.#controller();
    this.#http();
    this.#process();
    yield* this.#topics(partitions);
    yield* this.#partitions(shown);
    text.end();
    yield text.take();
  }

  async #collect<T>(things: Iterable<T>): Promise<T[]> {
    const found: T[] = [];
    for (const one of things) {
      found.push(one);
      if (this.#slices.isDue()) await this.#slices.pause();
    }
    return found;
  }

  /** One metric of many things. */
  async *#each<T>(
    metric: Metric,
    things: Iterable<T>,
    line: (thing: T, text: MetricsText) => void,
  ): AsyncGenerator<string> {
    const text = this.#text;
    text.begin(metric);
    for (const thing of things) {
      line(thing, text);
      if (this.#slices.isDue()) await this.#slices.pause();
    }
    if (text.length > CHUNK_LENGTH) yield text.take();
  }

  /** A metric without labels. */
  #one(metric: Metric, value: number): void {
    this.#text.begin(metric);
    this.#text.line("", value);
  }

  /** A metric with one label. */
  #labelled(metric: Metric, values: Iterable<readonly [label: string, value: number]>): void {
    this.#text.begin(metric);
    for (const [label, value] of values) this.#text.line(labelsText(metric.labels, [label]), value);
  }

  #node(leftOutPartitions: number, leftOutGroupPartitions: number): void {
    const { node, health } = this.#context;
    const { info, up, leftOut } = nodeMetrics;
    this.#text.begin(info);
    const facts = [node.id, node.clusterId, node.version, node.roles.join(",")];
    this.#text.line(labelsText(info.labels, facts), 1);
    this.#labelled(up, health.checks().map(({ name, status }) => [name, status === "up" ? 1 : 0]));
    this.#labelled(leftOut, [["partition", leftOutPartitions], ["group_partition", leftOutGroupPartitions]]);
  }

  #requests(apis: readonly ApiSample[]): void {
    const text = this.#text;
    const { requests, errors, requestBytes, responseBytes, total, phases } = requestMetrics;
    this.#labelled(requests, apis.map((api) => [api.name, api.requests]));
    text.begin(errors);
    for (const api of apis) {
      for (const [name, count] of api.errors) text.line(labelsText(errors.labels, [api.name, name]), count);
    }
    this.#labelled(requestBytes, apis.map((api) => [api.name, api.requestBytes]));
    this.#labelled(responseBytes, apis.map((api) => [api.name, api.responseBytes]));
    text.begin(total);
    for (const api of apis) text.histogram(labelsText(total.labels, [api.name]), api.total);
    text.begin(phases);
    for (const api of apis) {
      for (const phase of PHASES) {
        text.histogram(labelsText(phases.labels, [api.name, phase]), api.phases[phase]);
      }
    }
    const throttles = [...this.#context.metrics.throttles()];
    this.#labelled(requestMetrics.throttled, throttles.map(([quota, { heldBack }]) => [quota, heldBack]));
    this.#labelled(requestMetrics.throttledBytes, throttles.map(([quota, { bytes }]) => [quota, bytes]));
  }

  #connections(): void {
    const { open, opened, refused, protocolErrors } = this.#context.metrics.connections();
    this.#one(connectionMetrics.open, open);
    this.#one(connectionMetrics.opened, opened);
    this.#one(connectionMetrics.refused, refused);
    this.#one(connectionMetrics.protocolErrors, protocolErrors);
  }

  #replication(): void {
    const sample = this.#context.metrics.replication();
    const { waiting, ...plain } = replicationMetrics;
    for (const key of Object.keys(plain) as (keyof typeof plain)[]) this.#one(plain[key], sample[key]);
    this.#labelled(waiting, [["Produce", sample.producePurgatory], ["Fetch", sample.fetchPurgatory]]);
  }

  #storage(): void {
    const disks = this.#context.metrics.disks();
    const { logBytes, totalBytes, freeBytes, usedBytes, full, offline } = storageMetrics;
    this.#labelled(logBytes, disks.map((disk) => [disk.path, disk.logBytes]));
    this.#labelled(totalBytes, disks.map((disk) => [disk.path, disk.totalBytes]));
    this.#labelled(freeBytes, disks.map((disk) => [disk.path, disk.freeBytes]));
    this.#labelled(usedBytes, disks.map((disk) => [disk.path, disk.totalBytes - disk.freeBytes]));
    this.#labelled(full, disks.map((disk) => [disk.path, disk.isFull ? 1 : 0]));
    this.#labelled(offline, disks.map((disk) => [disk.path, disk.isOnline ? 0 : 1]));
  }

  async *#groups(
    groups: readonly GroupSample[],
    shown: readonly LabelledGroupPartition[],
  ): AsyncGenerator<string> {
    const { byState, rebalances, commits } = groupMetrics;
    const totals = this.#context.metrics.groupTotals();
    this.#labelled(byState, totals.byState);
    this.#one(rebalances, totals.rebalances);
    this.#one(commits, totals.offsetCommits);
    const labelled = groups
      .slice(0, this.#context.config.get("metrics.max.group.partitions"))
      .map((sample) => ({ sample, labels: labelsText(["group"], [sample.groupId]) }));
    const { members, generation, lagSum, maxLagSeconds, committedOffset, lag, lagSeconds } = groupMetrics;
    yield* this.#each(members, labelled, (one, text) => text.line(one.labels, one.sample.members));
    yield* this.#each(generation, labelled, (one, text) => text.line(one.labels, one.sample.generation));
    yield* this.#each(lagSum, labelled, (one, text) => text.line(one.labels, sumOfLags(one.sample)));
    yield* this.#each(maxLagSeconds, labelled, (one, text) => {
      const seconds = one.sample.partitions.reduce((most, { lagSeconds }) => Math.max(most, lagSeconds), -1);
      if (seconds >= 0) text.line(one.labels, seconds);
    });
    yield* this.#each(
      committedOffset,
      shown,
      (one, text) => text.line(one.labels, one.sample.committedOffset),
    );
    yield* this.#each(lag, shown, (one, text) => {
      if (one.sample.lag >= 0) text.line(one.labels, one.sample.lag);
    });
    yield* this.#each(lagSeconds, shown, (one, text) => {
      if (one.sample.lagSeconds >= 0) text.line(one.labels, one.sample.lagSeconds);
    });
  }

  #quorum(): void {
    const sample = this.#context.metrics.quorum();
    if (sample === null) return;
    const text = this.#text;
    const { state, replicaLag, commit } = quorumMetrics;
    this.#labelled(state, QUORUM_STATES.map((one) => [one, one === sample.state ? 1 : 0]));
    this.#one(quorumMetrics.leaderId, sample.leaderId);
    this.#one(quorumMetrics.epoch, sample.epoch);
    this.#one(quorumMetrics.highWatermark, sample.highWatermark);
    this.#one(quorumMetrics.logEndOffset, sample.logEndOffset);
    this.#one(quorumMetrics.appliedOffset, sample.appliedOffset);
    this.#one(quorumMetrics.applyLag, Math.max(0, sample.highWatermark - 1 - sample.appliedOffset));
    this.#one(quorumMetrics.applyLagSeconds, sample.applyLagMs / 1000);
    this.#one(quorumMetrics.elections, sample.elections);
    text.begin(commit);
    text.histogram("", sample.commitLatency);
    text.begin(replicaLag);
    for (const { id, isVoter, lag } of sample.replicas) {
      text.line(labelsText(replicaLag.labels, [id, isVoter ? "voter" : "observer"]), lag);
    }
  }

  #controller(): void {
    const sample = this.#context.metrics.controller();
    this.#one(controllerMetrics.active, sample === null ? 0 : 1);
    if (sample === null) return;
    this.#one(controllerMetrics.activeBrokers, sample.activeBrokers);
    this.#one(controllerMetrics.fencedBrokers, sample.fencedBrokers);
    this.#one(controllerMetrics.topics, sample.topics);
    this.#one(controllerMetrics.partitions, sample.partitions);
    this.#one(controllerMetrics.offlinePartitions, sample.offlinePartitions);
    this.#one(controllerMetrics.notPreferred, sample.notPreferredLeaders);
    this.#one(controllerMetrics.uncleanElections, sample.uncleanElections);
  }

  #http(): void {
    const { active, answers } = this.#context.metrics.http();
    const kinds = [2, 3, 4, 5].map((digit) => [`${digit}xx`, answers[digit]!] as const);
    this.#labelled(httpMetrics.requests, kinds);
    this.#one(httpMetrics.active, active);
  }

  #process(): void {
    const sample = this.#context.metrics.process();
    this.#one(processMetrics.cpu, sample.cpuUserSeconds + sample.cpuSystemSeconds);
    this.#one(processMetrics.resident, sample.residentBytes);
    this.#one(processMetrics.startTime, this.#context.node.startedMs / 1000);
    this.#one(processMetrics.heapUsed, sample.heapUsedBytes);
    this.#one(processMetrics.heapTotal, sample.heapTotalBytes);
    this.#one(processMetrics.external, sample.externalBytes);
    this.#text.begin(processMetrics.loopDelay);
    this.#text.histogram("", sample.loopDelay);
  }

  async *#topics(partitions: readonly PartitionSample[]): AsyncGenerator<string> {
    const topics = new Map<string, Totals>();
    for (const { topic, traffic } of partitions) {
      let totals = topics.get(topic);
      if (totals === undefined) {
        totals = { ...traffic };
        topics.set(topic, totals);
      } else for (const kind of trafficKinds) totals[kind] += traffic[kind];
      if (this.#slices.isDue()) await this.#slices.pause();
    }
    const limit = this.#context.config.get("metrics.max.partitions");
    const shown = [...topics].slice(0, limit)
      .map(([topic, totals]) => ({ totals, labels: labelsText(["topic"], [topic]) }));
    for (const kind of trafficKinds) {
      yield* this.#each(topicTraffic[kind], shown, (one, text) => text.line(one.labels, one.totals[kind]));
    }
  }

  async *#partitions(shown: readonly LabelledPartition[]): AsyncGenerator<string> {
    for (const kind of trafficKinds) {
      yield* this.#each(
        partitionTraffic[kind],
        shown,
        (one, text) => text.line(one.labels, one.sample.traffic[kind]),
      );
    }
    const led = shown.filter((one) => one.sample.isLeader);
    const { replicaLag } = partitionMetrics;
    for (const [metric, of, value] of partitionValues) {
      yield* this.#each(metric, of === "led" ? led : shown, (one, text) => {
        text.line(one.labels, value(one.sample));
      });
    }
    yield* this.#each(replicaLag, led, ({ sample }, text) => {
      for (const { brokerId, lag } of sample.followerLags) {
        text.line(labelsText(replicaLag.labels, [sample.topic, sample.partition, brokerId]), lag);
      }
    });
  }
}

/** The plain metrics of a partition, whether only its leader has them, and where they come from. */
const partitionValues: readonly (readonly [Metric, "led" | "all", (one: PartitionSample) => number])[] = [
  [partitionMetrics.logStartOffset, "all", (one) => one.logStartOffset],
  [partitionMetrics.highWatermark, "all", (one) => one.highWatermark],
  [partitionMetrics.lastStableOffset, "all", (one) => one.lastStableOffset],
  [partitionMetrics.logEndOffset, "all", (one) => one.logEndOffset],
  [partitionMetrics.sizeBytes, "all", (one) => one.sizeBytes],
  [partitionMetrics.segments, "all", (one) => one.segments],
  [partitionMetrics.leader, "all", (one) => one.isLeader ? 1 : 0],
  [partitionMetrics.leaderEpoch, "all", (one) => one.leaderEpoch],
  [partitionMetrics.replicas, "led", (one) => one.replicas],
  [partitionMetrics.inSync, "led", (one) => one.inSync],
  [partitionMetrics.underReplicated, "led", (one) => one.isUnderReplicated ? 1 : 0],
  [partitionMetrics.underMinIsr, "led", (one) => one.isUnderMinIsr ? 1 : 0],
];

/** The partitions with the most traffic since the start, when not all of them may be shown. */
function busiest(partitions: readonly PartitionSample[], limit: number): LabelledPartition[] {
  let shown = partitions;
  if (partitions.length > limit) {
    const weight = ({ traffic }: PartitionSample) => traffic.bytesIn + traffic.bytesOut;
    shown = [...partitions].sort((a, b) => weight(b) - weight(a)).slice(0, limit);
  }
  return shown.map((sample) => ({
    sample,
    labels: labelsText(PARTITION, [sample.topic, sample.partition]),
  }));
}

/** The partitions of groups that lag most, when not all of them may be shown. */
function laggards(
  groups: readonly GroupSample[],
  limit: number,
): { readonly shown: readonly LabelledGroupPartition[]; readonly leftOut: number } {
  const count = groups.reduce((sum, { partitions }) => sum + partitions.length, 0);
  const least = count <= limit ? -Infinity : leastLagShown(groups, count, limit);
  const shown: LabelledGroupPartition[] = [];
  for (const { groupId, partitions } of groups) {
    for (const sample of partitions) {
      if (sample.lag < least || shown.length >= limit) continue;
      const labels = labelsText(GROUP_PARTITION, [groupId, sample.topic, sample.partition]);
      shown.push({ sample, labels });
    }
  }
  return { shown, leftOut: count - shown.length };
}

/** The lag of the last one shown: there may be very many, and numbers alone are sorted quickly. */
function leastLagShown(groups: readonly GroupSample[], count: number, limit: number): number {
  if (limit === 0) return Infinity;
  const lags = new Float64Array(count);
  let index = 0;
  for (const { partitions } of groups) for (const { lag } of partitions) lags[index++] = lag;
  return lags.sort()[count - limit]!;
}

function sumOfLags({ partitions }: GroupSample): number {
  return partitions.reduce((sum, { lag }) => sum + Math.max(0, lag), 0);
}

/** The page, piece by piece; other work has its turns while it is made. */
export function metricsPage(context: HttpContext, format: MetricsFormat): AsyncGenerator<string> {
  return new Page(context, format).write();
}
