/** The context of an HTTP server without a node: counts are what a test says, time is what it makes of it. */

import { BrokerConfig } from "../../../src/config/broker_config.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import type { HttpContext } from "../../../src/http/context.ts";
import type {
  ApiSample,
  GroupSample,
  HistogramSample,
  MetricsSource,
  PartitionSample,
  TrafficSample,
} from "../../../src/http/metrics/source.ts";
import { emptyImage } from "../../../src/metadata/image.ts";

export const noTraffic: TrafficSample = {
  bytesIn: 0,
  recordsIn: 0,
  produceRequests: 0,
  failedProduceRequests: 0,
  bytesOut: 0,
  recordsOut: 0,
  fetchRequests: 0,
  failedFetchRequests: 0,
  replicationBytesIn: 0,
  replicationBytesOut: 0,
};

export function histogramOf(...counts: number[]): HistogramSample {
  return { boundsMs: [1, 10, 100].slice(0, counts.length - 1), counts, sumMs: 0 };
}

export function apiOf(name: string, requests: number, total: HistogramSample): ApiSample {
  const nothing = histogramOf(0, 0);
  const phases = { queue: nothing, local: nothing, remote: nothing, response_queue: nothing, send: nothing };
  return { name, requests, requestBytes: 0, responseBytes: 0, total, phases, errors: new Map() };
}

export function partitionOf(
  topic: string,
  partition: number,
  traffic: Partial<TrafficSample> = {},
): PartitionSample {
  return {
    topic,
    partition,
    isLeader: true,
    isUnderReplicated: false,
    isUnderMinIsr: false,
    isAtMinIsr: false,
    replicas: 1,
    inSync: 1,
    leaderEpoch: 0,
    logStartOffset: 0,
    highWatermark: 0,
    lastStableOffset: 0,
    logEndOffset: 0,
    sizeBytes: 0,
    segments: 1,
    traffic: { ...noTraffic, ...traffic },
    followerLags: [],
  };
}

export function groupOf(groupId: string, ...lags: number[]): GroupSample {
  const partitions = lags.map((lag, partition) => ({
    topic: "t",
    partition,
    committedOffset: 0,
    lag,
    lagSeconds: lag < 0 ? -1 : lag,
  }));
  return { groupId, state: "Stable", members: 1, generation: 1, partitions };
}

const nobody: MetricsSource = {
  apis: () => [],
  connections: () => ({ open: 0, opened: 0, refused: 0, protocolErrors: 0 }),
  traffic: () => noTraffic,
  replication: () => ({
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
  }),
  partitions: () => [],
  groupTotals: () => ({ groups: 0, byState: new Map(), rebalances: 0, offsetCommits: 0 }),
  groups: () => [],
  disks: () => [],
  quorum: () => null,
  controller: () => null,
  process: () => ({
    cpuUserSeconds: 0,
    cpuSystemSeconds: 0,
    residentBytes: 0,
    heapUsedBytes: 0,
    heapTotalBytes: 0,
    externalBytes: 0,
    loopDelay: histogramOf(0, 0),
  }),
  http: () => ({ active: 0, answers: new Float64Array(6) }),
  throttles: () => new Map(),
};

/** A context with these counts; `time.nowMs` is its clock, and `time.yields` counts the turns that others got. */
export function fakeContext(
  metrics: Partial<MetricsSource>,
  settings: Parameters<typeof BrokerConfig.of>[0] = {},
): { readonly context: Omit<HttpContext, "live">; readonly time: { nowMs: number; yields: number } } {
  const time = { nowMs: 0, yields: 0 };
  const context = {
    node: {
      id: 1,
      clusterId: "c",
      version: "0",
      roles: ["broker"] as const,
      listeners: new Map(),
      startedMs: 0,
    },
    config: BrokerConfig.of(settings),
    clock: { monotonicMs: () => time.nowMs, wallMs: () => 1_000_000 + time.nowMs },
    timers: {
      yield: () => {
        time.yields++;
        return Promise.resolve();
      },
    } as HttpContext["timers"],
    random: {} as HttpContext["random"],
    logger: silentLogger,
    stopping: new AbortController().signal,
    image: () => emptyImage("c"),
    cluster: () => {
      throw new Error("these tests need no cluster");
    },
    metrics: { ...nobody, ...metrics },
    health: { checks: () => [] },
    demo: null,
  };
  return { context, time };
}
