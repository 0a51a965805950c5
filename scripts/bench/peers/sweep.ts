/** Throughput and latency against offered load. */

import type { Peer } from "./peer.ts";
import type { PairRunner } from "./runner.ts";
import type { SweepPoint } from "./results.ts";
import { runOffer } from "./workloads/latency.ts";

/** Offered loads as parts of the slower peer's peak, in ascending order; the last one is more than it takes. */
const PARTS = [0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 1.2];
/** What is offered where `1k` was not measured. */
const USUAL_PEAK = 100_000;

/** Offers each load to both peers in turn. */
export async function runSweep(runner: PairRunner, peers: readonly Peer[]): Promise<SweepPoint[]> {
  const { bench } = runner;
  const points: SweepPoint[] = [];
  for (const part of PARTS) {
    const recordsPerSecond = Math.round((bench.peakRecordsPerSecond ?? USUAL_PEAK) * part);
    for (const peer of peers) {
      const offer = { recordsPerSecond, groups: 1, acks: "1", seconds: 3 } as const;
      try {
        const figures = await runOffer(await runner.targetOf(peer), bench, offer);
        points.push({ peer: peer.name, offered: recordsPerSecond, figures });
      } catch (error) {
        const why = error instanceof Error ? error.message : error;
        console.error(`  ${recordsPerSecond}/s on ${peer.name}: ${why}`);
      }
    }
  }
  return points;
}
