/** The goals that the figures are held against, and how far each is reached. */

import type { FigureName } from "./figures.ts";
import { type BenchResult, rowsOf, type WorkloadResult } from "./results.ts";

/** A ratio of a workload that a goal is about. */
export interface GoalRatio {
  readonly workload: string;
  readonly figure: FigureName;
  readonly ratio: number;
  readonly isReached: boolean;
}

/** A goal and the ratios that count for it. */
export interface GoalState {
  readonly what: string;
  readonly wanted: string;
  readonly ratios: readonly GoalRatio[];
}

interface Goal {
  readonly what: string;
  readonly figures: readonly FigureName[];
  /** Which workloads; all that have such a figure unless set. */
  readonly workloads?: readonly string[];
  readonly against?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const goals: readonly Goal[] = [
  {
    what: "broker CPU per GB produced, acks=1, 1 KB records in batches of 16 KiB and more",
    figures: ["produceCpuPerGB"],
    workloads: ["1k", "1k-64k-batches", "raw-16k", "raw-1m"],
    atMost: 0.5,
  },
  { what: "produce throughput, every workload", figures: ["produceMBps"], atLeast: 1 },
  { what: "consume throughput, every workload", figures: ["consumeMBps"], atLeast: 1 },
  {
    what: "throughput where the broker is the bottleneck",
    figures: ["produceMBps", "consumeMBps", "requestsPerSecond"],
    workloads: ["raw-16k", "raw-1m", "raw-fetch", "50-connections", "1000-connections", "metadata"],
    atLeast: 2,
  },
  {
    what: "p99 end to end at 10,000 records/s",
    ...{ figures: ["p99Ms"], workloads: ["latency-10k"], atMost: 0.5 },
  },
  { what: "cold start to first produce", figures: ["startMs"], atMost: 0.05 },
  { what: "idle RSS", figures: ["idleRssMiB"], atMost: 0.1 },
  { what: "RSS under load, every workload", figures: ["peakRssMiB"], atMost: 0.25 },
  {
    what: "throughput beside the bare server",
    figures: ["produceMBps", "consumeMBps", "requestsPerSecond"],
    ...{ against: "bare server", atLeast: 0.6 },
  },
];

function ratiosOf(goal: Goal, workload: WorkloadResult): GoalRatio[] {
  const { atMost = Infinity, atLeast = -Infinity } = goal;
  return rowsOf(workload).filter(({ figure, ratio }) =>
    goal.figures.includes(figure) && Number.isFinite(ratio.median)
  ).map(({ figure, ratio }) => ({
    ...{ workload: workload.name, figure, ratio: ratio.median },
    isReached: ratio.median <= atMost && ratio.median >= atLeast,
  }));
}

/** Every goal, with what of it has been measured. */
export function goalStates({ workloads }: BenchResult): GoalState[] {
  return goals.map((goal) => {
    const counting = workloads.filter(({ name, against }) =>
      against === (goal.against ?? "Kafka") && (goal.workloads?.includes(name) ?? true)
    );
    const wanted = goal.atMost === undefined ? `at least ${goal.atLeast}x` : `at most ${goal.atMost}x`;
    return { what: goal.what, wanted, ratios: counting.flatMap((workload) => ratiosOf(goal, workload)) };
  });
}
