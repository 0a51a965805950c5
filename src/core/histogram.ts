/**
 * Durations counted by size: one number a bucket, so that taking one down costs some nanoseconds, and percentiles of
 * any window can be told from what was counted before and after it.
 */

/** The upper ends of the buckets for latencies, in milliseconds; there is one more for all that is longer. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500],
  ...[1_000, 2_500, 5_000, 10_000, 30_000],
];

export class Histogram {
  readonly boundsMs: readonly number[];
  /** How many durations were at most the bound of the same index and more than the one before. */
  readonly counts: Float64Array;
  sumMs = 0;

  constructor(boundsMs: readonly number[] = LATENCY_BOUNDS_MS) {
    this.boundsMs = boundsMs;
    this.counts = new Float64Array(boundsMs.length + 1);
  }

  observe(ms: number): void {
    const { boundsMs, counts } = this;
    let index = 0;
    while (index < boundsMs.length && ms > boundsMs[index]!) index++;
    counts[index]!++;
    this.sumMs += ms;
  }
}
