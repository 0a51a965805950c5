/** What is measured, how it is written, and which direction is better. */

/** A figure of a workload. */
export interface FigureKind {
  readonly label: string;
  readonly unit: string;
  readonly better: "more" | "less";
}

const less = (label: string, unit: string): FigureKind => ({ label, unit, better: "less" });
const more = (label: string, unit: string): FigureKind => ({ label, unit, better: "more" });

/** All figures by name. GB and MB are 10^9 and 10^6 bytes of values; memory is in MiB. */
export const figureKinds = {
  produceMBps: more("produce", "MB/s"),
  produceRecordsPerSecond: more("produce", "records/s"),
  consumeMBps: more("consume", "MB/s"),
  consumeRecordsPerSecond: more("consume", "records/s"),
  requestsPerSecond: more("requests", "/s"),
  produceCpuPerGB: less("broker CPU per GB produced", "s"),
  produceCpuPerMillion: less("broker CPU per million records produced", "s"),
  consumeCpuPerGB: less("broker CPU per GB consumed", "s"),
  consumeCpuPerMillion: less("broker CPU per million records consumed", "s"),
  requestCpuMicros: less("broker CPU per request", "µs"),
  ackP99Ms: less("p99 until acknowledged", "ms"),
  endToEndMeanMs: less("one record there and back, mean", "ms"),
  p50Ms: less("p50 end to end", "ms"),
  p99Ms: less("p99 end to end", "ms"),
  p999Ms: less("p99.9 end to end", "ms"),
  brokerCpuShare: less("broker CPU", "% of a core"),
  peakRssMiB: less("peak RSS", "MiB"),
  idleRssMiB: less("idle RSS", "MiB"),
  idleCpuShare: less("idle CPU", "% of a core"),
  startMs: less("cold start to first produce", "ms"),
  recoveryMs: less("kill -9 to first produce", "ms"),
  installedMB: less("size on disk", "MB"),
} as const satisfies Record<string, FigureKind>;

export type FigureName = keyof typeof figureKinds;

/** What one run of a workload on one peer gave. */
export type Figures = Partial<Record<FigureName, number>>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
