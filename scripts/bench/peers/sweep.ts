/** Throughput and latency against offered load: the plots. */

import type { Peer } from "./peer.ts";
import type { PairRunner } from "./runner.ts";
import type { BenchResult, SweepPoint } from "./results.ts";
import { type Chart, svgChart } from "./svg.ts";
import { runOffer } from "./workloads/latency.ts";

/** Offered loads as parts of the slower peer's peak, in ascending order; the last one is more than it takes. */
const PARTS = [0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 1.05];
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

const COLOURS = ["#0b7285", "#d9480f"];

/** The plots of a result by their file names. */
export function plotsOf({ sweep }: BenchResult): { title: string; file: string; svg: string }[] {
  if (sweep === null) return [];
  const names = [...new Set(sweep.points.map(({ peer }) => peer))];
  const series = (value: (point: SweepPoint) => number | undefined) =>
    names.map((name, index) => ({
      name,
      colour: COLOURS[index]!,
      points: sweep.points.filter((point) => point.peer === name)
        .map((point) => ({ x: point.offered, y: value(point) ?? 0 }))
        .filter(({ y }) => y > 0),
    }));
  const xLabel = "offered, records/s of 1 KB (one producer, one consumer, acks=1)";
  const charts: { file: string; chart: Chart }[] = [
    {
      file: "latency.svg",
      chart: {
        ...{ title: "p99 end to end against offered load", xLabel, yLabel: "ms (logarithmic)", logY: true },
        series: series((point) => point.figures.p99Ms),
      },
    },
    {
      file: "throughput.svg",
      chart: {
        ...{ title: "Throughput against offered load", xLabel, yLabel: "records/s" },
        series: series((point) => point.figures.produceRecordsPerSecond),
      },
    },
    {
      file: "cpu.svg",
      chart: {
        ...{ title: "Broker CPU against offered load", xLabel, yLabel: "% of a core" },
        series: series((point) => point.figures.brokerCpuShare),
      },
    },
  ];
  return charts.map(({ file, chart }) => ({ title: chart.title, file, svg: svgChart(chart) }));
}
