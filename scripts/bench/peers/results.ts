/** What runs of the benchmark found, as it is kept in the JSON file. */

import { type FigureName, type Figures, median } from "./figures.ts";

/** The figures of two runs, one right after the other. */
export interface Pair {
  readonly ours: Figures;
  readonly theirs: Figures;
}

/** How something was measured. */
export interface Conditions {
  /** When it began. */
  readonly date: string;
  readonly machine: string;
  /** What was compared, and what ran the clients. */
  readonly versions: readonly string[];
  /** Load averages of the machine before it. */
  readonly load: string;
  /** What multiplied how much is sent. */
  readonly scale: number;
}

/** One workload's pairs, in the order in which they ran. */
export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  /** What was on the other side. */
  readonly against: string;
  readonly pairs: readonly Pair[];
  /** Why there are fewer pairs than were asked for. */
  readonly problems: readonly string[];
  readonly conditions: Conditions;
}

/** Latency at one offered load. */
export interface SweepPoint {
  readonly peer: string;
  readonly offered: number;
  readonly figures: Figures;
}

/** Everything. */
export interface BenchResult {
  readonly workloads: readonly WorkloadResult[];
  readonly sweep: { readonly points: readonly SweepPoint[]; readonly conditions: Conditions } | null;
}

/** A result with a workload added, in the place of an earlier result of the same one. */
export function withWorkload(result: BenchResult, added: WorkloadResult): BenchResult {
  const others = result.workloads.filter(({ name }) => name !== added.name);
  return { ...result, workloads: [...others, added] };
}

/** One row of the table: a figure of a workload. */
export interface Row {
  readonly figure: FigureName;
  readonly ours: number;
  readonly theirs: number;
  /** Ours divided by theirs, per pair. */
  readonly ratio: { readonly min: number; readonly median: number; readonly max: number };
  readonly pairs: number;
}

/** The rows of a workload, with medians of what was measured and of the ratios of the pairs. */
export function rowsOf({ pairs }: WorkloadResult): Row[] {
  const names = new Set(pairs.flatMap(({ ours }) => Object.keys(ours) as FigureName[]));
  const rows: Row[] = [];
  for (const figure of names) {
    const both = pairs.filter(({ ours, theirs }) =>
      ours[figure] !== undefined && theirs[figure] !== undefined
    );
    if (both.length === 0) continue;
    const ratios = both.map(({ ours, theirs }) => ours[figure]! / theirs[figure]!).filter(Number.isFinite);
    rows.push({
      figure,
      ours: median(both.map(({ ours }) => ours[figure]!)),
      theirs: median(both.map(({ theirs }) => theirs[figure]!)),
      ratio: ratios.length === 0
        ? { min: NaN, median: NaN, max: NaN }
        : { min: Math.min(...ratios), median: median(ratios), max: Math.max(...ratios) },
      pairs: both.length,
    });
  }
  return rows;
}
