/** The plots of a result. */

import type { FigureName } from "./figures.ts";
import { figureKinds } from "./figures.ts";
import { type RatioBar, ratioChart } from "./ratio_chart.ts";
import { type BenchResult, rowsOf, type SweepPoint, type WorkloadResult } from "./results.ts";
import { type Chart, svgChart } from "./svg.ts";

const COLOURS = ["#0b7285", "#d9480f"];

/** A plot beside RESULTS.md. */
export interface Plot {
  readonly title: string;
  readonly file: string;
  readonly svg: string;
}

/** The plots of what was measured against offered load. */
export function sweepPlots({ sweep }: BenchResult): Plot[] {
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

interface RatioPlot {
  readonly title: string;
  readonly file: string;
  readonly figures: readonly FigureName[];
}

const RATIO_PLOTS: readonly RatioPlot[] = [
  {
    title: "Throughput, Sluice / Kafka",
    file: "ratios_throughput.svg",
    figures: ["produceMBps", "consumeMBps", "requestsPerSecond"],
  },
  {
    title: "Broker CPU for the same work, Sluice / Kafka",
    file: "ratios_cpu.svg",
    figures: ["produceCpuPerGB", "consumeCpuPerGB", "requestCpuMicros", "brokerCpuShare"],
  },
];

const SHORT: Partial<Record<FigureName, string>> = {
  ...{
    produceMBps: "produce",
    produceCpuPerGB: "produce",
    consumeMBps: "consume",
    consumeCpuPerGB: "consume",
  },
};

function barsOf(workload: WorkloadResult, figures: readonly FigureName[]): RatioBar[] {
  return rowsOf(workload).filter(({ figure, ratio }) => figures.includes(figure) && ratio.median > 0)
    .map(({ figure, ratio: { median } }) => ({
      label: SHORT[figure] === undefined ? workload.name : `${workload.name}, ${SHORT[figure]}`,
      ratio: median,
      isAhead: figureKinds[figure].better === "more" ? median >= 1 : median <= 1,
    }));
}

/** The plots of the ratios to Kafka. */
export function ratioPlots(workloads: readonly WorkloadResult[]): Plot[] {
  const besideKafka = workloads.filter(({ against }) => against === "Kafka");
  return RATIO_PLOTS.flatMap(({ title, file, figures }) => {
    const bars = besideKafka.flatMap((workload) => barsOf(workload, figures));
    return bars.length === 0 ? [] : [{ title, file, svg: ratioChart(title, bars) }];
  });
}
