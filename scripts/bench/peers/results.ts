/** What a run of the benchmark found, as it is kept in the JSON file. */

import { type FigureName, type Figures, median } from "./figures.ts";

/** One workload's pairs, in the order in which they ran. */
export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  readonly pairs: readonly { readonly ours: Figures; readonly theirs: Figures }[];
  /** Why there are fewer pairs than were asked for. */
  readonly problems: readonly string[];
}

/** Latency at one offered load. */
export interface SweepPoint {
  readonly peer: string;
  readonly offered: number;
  readonly figures: Figures;
}

/** Everything. */
export interface BenchResult {
  readonly date: string;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly load: { readonly before: string; readonly after: string };
  readonly options: string;
  readonly names: readonly [ours: string, theirs: string];
  readonly workloads: readonly WorkloadResult[];
  readonly sweep: readonly SweepPoint[];
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
