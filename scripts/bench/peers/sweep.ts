/** Throughput and latency against offered load: the plots. */

import type { PairRunner } from "./runner.ts";
import type { BenchResult, SweepPoint } from "./results.ts";
import { type Chart, svgChart } from "./svg.ts";
import { runOffer } from "./workloads/latency.ts";

/** Offered loads as parts of the slower peer's peak, in ascending order; the last ones are more than it takes. */
const PARTS = [0.05, 0.1, 0.25, 0.5, 0.7, 0.85, 1, 1.2];
const SHORT_PARTS = [0.1, 0.4, 0.7, 1];

/** Offers each load to both peers in turn. */
export async function runSweep(
  runner: PairRunner,
  options: { readonly isShort: boolean },
): Promise<SweepPoint[]> {
  const { bench } = runner;
  const peak = bench.peakRecordsPerSecond ?? 100_000;
  const points: SweepPoint[] = [];
  for (const part of options.isShort ? SHORT_PARTS : PARTS) {
    const offered = Math.round(peak * part);
    for (const target of await runner.targets()) {
      const offer = {
        recordsPerSecond: offered,
        groups: 1,
        acks: "1",
        seconds: options.isShort ? 3 : 5,
      } as const;
      try {
        points.push({ peer: target.peer.name, offered, figures: await runOffer(target, bench, offer) });
      } catch (error) {
        console.error(
          `  sweep at ${offered}/s on ${target.peer.name}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }
  return points;
}

const COLOURS = ["#0b7285", "#d9480f"];

/** The plots of a result by their file names. */
export function plotsOf({ sweep, names }: BenchResult): { title: string; file: string; svg: string }[] {
  if (sweep.length === 0) return [];
  const series = (value: (point: SweepPoint) => number | undefined) =>
    names.map((name, index) => ({
      name,
      colour: COLOURS[index]!,
      points: sweep.filter((point) => point.peer === name)
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
