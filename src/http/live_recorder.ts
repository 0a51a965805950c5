/** Makes live snapshots: what was counted now and a while ago gives the rates between. */

import type { MetadataImage } from "../metadata/image.ts";
import type { HttpContext } from "./context.ts";
import type {
  LatencyPercentiles,
  LiveApi,
  LiveBroker,
  LiveGroup,
  LivePartition,
  LiveProcess,
  LiveQuorum,
  LiveSnapshot,
  LiveTopic,
  TrafficRates,
} from "./live.ts";
import type {
  ApiSample,
  GroupSample,
  HistogramSample,
  PartitionSample,
  ProcessSample,
  QuorumSample,
  TrafficSample,
} from "./metrics/source.ts";

/** Viewers who ask more often than this are shown the same. */
const FRESH_MS = 900;
/** Rates are over about this long. */
const WINDOW_MS = 4_000;
/** How many things are looked at before others may have the loop. */
const SLICE = 500;

type Counted = Pick<TrafficSample, "bytesIn" | "bytesOut" | "recordsIn" | "recordsOut">;

/** What rates are computed from. */
interface Look {
  readonly atMs: number;
  readonly traffic: Counted;
  readonly partitions: ReadonlyMap<string, Counted>;
  readonly apis: ReadonlyMap<string, CountedApi>;
  readonly cpuSeconds: number;
}

interface CountedApi {
  readonly requests: number;
  readonly errors: number;
  readonly boundsMs: HistogramSample["boundsMs"];
  readonly counts: readonly number[];
}

/** What is recorded of, besides the context: how late the loop was since the last look, in milliseconds. */
export interface LiveParts {
  readonly context: Omit<HttpContext, "live">;
  readonly takeMaxLoopDelayMs: () => number;
}

export class LiveRecorder {
  readonly #parts: LiveParts;
  #looks: Look[] = [];
  #last: LiveSnapshot | null = null;
  #making: Promise<LiveSnapshot> | null = null;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** What happens now. */
  snapshot(): Promise<LiveSnapshot> {
    const { clock } = this.#parts.context;
    const newest = this.#looks.at(-1);
    if (this.#last !== null && newest !== undefined && clock.monotonicMs() - newest.atMs < FRESH_MS) {
      return Promise.resolve(this.#last);
    }
    this.#making ??= this.#make().finally(() => this.#making = null);
    return this.#making;
  }

  async #make(): Promise<LiveSnapshot> {
    const { context, takeMaxLoopDelayMs } = this.#parts;
    const { metrics, clock, node } = context;
    const partitions = await this.#collect(metrics.partitions());
    const groups = await this.#collect(metrics.groups());
    const apis = [...metrics.apis()];
    const process = metrics.process();
    const now = lookOf(clock.monotonicMs(), metrics.traffic(), partitions, { apis, process });
    const before = this.#before(now);
    const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
    const image = context.image();
    const rates = new Rates(now, before, seconds);
    this.#last = {
      atMs: clock.wallMs(),
      windowMs: Math.round(seconds * 1000),
      nodeId: node.id,
      clusterId: node.clusterId,
      version: node.version,
      uptimeMs: Math.max(0, clock.wallMs() - node.startedMs),
      totals: { ...rates.total(), ...this.#totals(rates, apis, image) },
      produce: rates.latency("Produce"),
      fetch: rates.latency("Fetch"),
      apis: apis.map((api) => rates.api(api.name)).filter((api) => api.requestsPerSecond > 0),
      topics: topicsOf(partitions, rates),
      groups: groups.map(groupOf),
      brokers: brokersOf(image, node.id),
      quorum: quorumOf(metrics.quorum()),
      disks: metrics.disks().map(({ path, totalBytes, freeBytes, logBytes, isFull }) => ({
        path,
        totalBytes,
        freeBytes,
        logBytes,
        isFull,
      })),
      process: processOf(process, { now, before }, takeMaxLoopDelayMs()),
    };
    return this.#last;
  }

  /** The look that rates are measured from; the newest one goes on the list. */
  #before(now: Look): Look | null {
    this.#looks = this.#looks.filter((look, index, looks) =>
      index === looks.length - 1 || now.atMs - look.atMs <= WINDOW_MS
    );
    const before = this.#looks[0] ?? null;
    this.#looks.push(now);
    return before;
  }

  #totals(rates: Rates, apis: readonly ApiSample[], image: MetadataImage) {
    const { metrics } = this.#parts.context;
    const { partitions, leaders, underReplicated, underMinIsr } = metrics.replication();
    let offline = 0;
    for (const topic of image.topics.byId.values()) {
      for (const { leader } of topic.partitions) if (leader < 0) offline++;
    }
    const used = apis.map((api) => rates.api(api.name));
    return {
      requestsPerSecond: used.reduce((sum, one) => sum + one.requestsPerSecond, 0),
      errorsPerSecond: used.reduce((sum, one) => sum + one.errorsPerSecond, 0),
      connections: metrics.connections().open,
      topics: image.topics.byId.size,
      partitions,
      leaders,
      underReplicated,
      underMinIsr,
      offline,
    };
  }

  async #collect<T>(things: Iterable<T>): Promise<T[]> {
    const found: T[] = [];
    for (const one of things) {
      found.push(one);
      if (found.length % SLICE === 0) await this.#parts.context.timers.yield();
    }
    return found;
  }
}

function keyOf({ topic, partition }: PartitionSample): string {
  return `${topic}/${partition}`;
}

function lookOf(
  atMs: number,
  traffic: Counted,
  partitions: readonly PartitionSample[],
  more: { readonly apis: readonly ApiSample[]; readonly process: ProcessSample },
): Look {
  return {
    atMs,
    traffic: countedOf(traffic),
    partitions: new Map(partitions.map((one) => [keyOf(one), countedOf(one.traffic)])),
    apis: new Map(more.apis.map((api) => [api.name, {
      requests: api.requests,
      errors: [...api.errors.values()].reduce((sum, count) => sum + count, 0),
      boundsMs: api.total.boundsMs,
      counts: Array.from(api.total.counts),
    }])),
    cpuSeconds: more.process.cpuUserSeconds + more.process.cpuSystemSeconds,
  };
}

function countedOf({ bytesIn, bytesOut, recordsIn, recordsOut }: Counted): Counted {
  return { bytesIn, bytesOut, recordsIn, recordsOut };
}

const NOTHING: Counted = { bytesIn: 0, bytesOut: 0, recordsIn: 0, recordsOut: 0 };
const NO_PERCENTILES: LatencyPercentiles = { p50Ms: null, p95Ms: null, p99Ms: null };

/** What changed between two looks, each second. */
class Rates {
  readonly #now: Look;
  readonly #before: Look | null;
  readonly #seconds: number;

  constructor(now: Look, before: Look | null, seconds: number) {
    this.#now = now;
    this.#before = before;
    this.#seconds = seconds;
  }

  total(): TrafficRates {
    return this.#rates(this.#now.traffic, this.#before?.traffic);
  }

  partition(sample: PartitionSample): TrafficRates {
    const key = keyOf(sample);
    return this.#rates(this.#now.partitions.get(key) ?? NOTHING, this.#before?.partitions.get(key));
  }

  api(name: string): LiveApi {
    const now = this.#now.apis.get(name);
    const before = this.#before?.apis.get(name);
    const perSecond = (count: (api: CountedApi) => number) =>
      this.#perSecond(now === undefined ? 0 : count(now) - (before === undefined ? 0 : count(before)));
    return {
      name,
      requestsPerSecond: perSecond((api) => api.requests),
      errorsPerSecond: perSecond((api) => api.errors),
      ...this.latency(name),
    };
  }

  latency(name: string): LatencyPercentiles {
    const now = this.#now.apis.get(name);
    if (now === undefined || this.#before === null) return NO_PERCENTILES;
    const before = this.#before.apis.get(name)?.counts;
    const counts = now.counts.map((count, index) => count - (before?.[index] ?? 0));
    return percentilesOf(counts, now.boundsMs);
  }

  /** A partition that was not here at the first look has counted all of it since. */
  #rates(now: Counted, before: Counted | undefined): TrafficRates {
    const perSecond = (kind: keyof Counted) => this.#perSecond(now[kind] - (before?.[kind] ?? 0));
    return {
      bytesInPerSecond: perSecond("bytesIn"),
      bytesOutPerSecond: perSecond("bytesOut"),
      recordsInPerSecond: perSecond("recordsIn"),
      recordsOutPerSecond: perSecond("recordsOut"),
    };
  }

  #perSecond(count: number): number {
    return this.#seconds === 0 ? 0 : Math.max(0, count) / this.#seconds;
  }
}

function percentilesOf(
  counts: readonly number[],
  boundsMs: HistogramSample["boundsMs"],
): LatencyPercentiles {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return NO_PERCENTILES;
  const at = (share: number) => {
    let left = total * share;
    for (const [index, count] of counts.entries()) {
      if (count >= left && count > 0) {
        const low = index === 0 ? 0 : boundsMs[index - 1]!;
        const high = boundsMs[index] ?? low;
        return low + (high - low) * left / count;
      }
      left -= count;
    }
    return boundsMs[boundsMs.length - 1]!;
  };
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function topicsOf(partitions: readonly PartitionSample[], rates: Rates): LiveTopic[] {
  return [...Map.groupBy(partitions, (one) => one.topic)].map(([name, ofTopic]) => {
    const live = ofTopic.map((one): LivePartition => ({
      index: one.partition,
      isLeader: one.isLeader,
      logStartOffset: one.logStartOffset,
      highWatermark: one.highWatermark,
      logEndOffset: one.logEndOffset,
      sizeBytes: one.sizeBytes,
      ...rates.partition(one),
    }));
    const sum = (kind: keyof TrafficRates) => live.reduce((all, one) => all + one[kind], 0);
    return {
      name,
      isInternal: name.startsWith("__"),
      sizeBytes: live.reduce((all, one) => all + one.sizeBytes, 0),
      bytesInPerSecond: sum("bytesInPerSecond"),
      bytesOutPerSecond: sum("bytesOutPerSecond"),
      recordsInPerSecond: sum("recordsInPerSecond"),
      recordsOutPerSecond: sum("recordsOutPerSecond"),
      partitions: live,
    };
  });
}

function groupOf({ groupId, state, members, partitions }: GroupSample): LiveGroup {
  const maxSeconds = partitions.reduce((most, { lagSeconds }) => Math.max(most, lagSeconds), -1);
  return {
    groupId,
    state,
    members,
    lag: partitions.reduce((sum, { lag }) => sum + Math.max(0, lag), 0),
    maxLagSeconds: maxSeconds < 0 ? null : maxSeconds,
    partitions: partitions.map(({ topic, partition, committedOffset, lag, lagSeconds }) => ({
      topic,
      partition,
      committedOffset,
      lag: lag < 0 ? null : lag,
      lagSeconds: lagSeconds < 0 ? null : lagSeconds,
    })),
  };
}

function brokersOf(image: MetadataImage, nodeId: number): LiveBroker[] {
  const counts = new Map<number, { leaders: number; replicas: number; outOfSync: number }>();
  const of = (id: number) => {
    let count = counts.get(id);
    if (count === undefined) counts.set(id, count = { leaders: 0, replicas: 0, outOfSync: 0 });
    return count;
  };
  for (const topic of image.topics.byId.values()) {
    for (const { leader, replicas, isr } of topic.partitions) {
      if (leader >= 0) of(leader).leaders++;
      for (const id of replicas) {
        of(id).replicas++;
        if (!isr.includes(id)) of(id).outOfSync++;
      }
    }
  }
  return [...image.brokers.values()].map(({ id, rack, endpoints, fenced }) => ({
    id,
    rack,
    host: endpoints[0]?.host ?? "",
    port: endpoints[0]?.port ?? 0,
    isFenced: fenced,
    isThisNode: id === nodeId,
    ...of(id),
  }));
}

function quorumOf(sample: QuorumSample | null): LiveQuorum | null {
  if (sample === null) return null;
  const { state, leaderId, epoch, highWatermark, logEndOffset, appliedOffset, replicas } = sample;
  return { state, leaderId, epoch, highWatermark, logEndOffset, appliedOffset, replicas };
}

function processOf(
  { residentBytes, heapUsedBytes }: ProcessSample,
  { now, before }: { readonly now: Look; readonly before: Look | null },
  maxLoopDelayMs: number,
): LiveProcess {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  const cpuPercent = seconds === 0 ? 0 : (now.cpuSeconds - before!.cpuSeconds) / seconds * 100;
  return { cpuPercent, residentBytes, heapUsedBytes, maxLoopDelayMs };
}
