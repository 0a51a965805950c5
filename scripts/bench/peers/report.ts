/** The result as text and as Markdown. */

import { figureKinds, type FigureName } from "./figures.ts";
import { type GoalState, goalStates } from "./goals.ts";
import type { Plot } from "./plots.ts";
import { type BenchResult, type Conditions, type Row, rowsOf, type WorkloadResult } from "./results.ts";
import { allWorkloads } from "./workloads/all.ts";

const OURS = "Sluice";

function number(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  const [whole = "", rest] = value.toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}

function isAhead({ figure, ratio }: Row): boolean {
  return figureKinds[figure].better === "more" ? ratio.median >= 1 : ratio.median <= 1;
}

function cells(row: Row): string[] {
  const { label, unit } = figureKinds[row.figure];
  const { min, median, max } = row.ratio;
  return [
    `${label}, ${unit}`,
    number(row.ours),
    number(row.theirs),
    Number.isNaN(median) ? "-" : `${isAhead(row) ? "" : "(!) "}${number(median)}x`,
    `${number(min)} to ${number(max)}`,
    `${row.pairs}`,
  ];
}

/** One workload for a terminal. */
export function printed(workload: WorkloadResult, ours: string): string {
  const lines = [workload.title];
  for (const row of rowsOf(workload)) {
    const [label, left, right, ratio, range] = cells(row);
    lines.push(
      `  ${label!.padEnd(46)} ${ours} ${left!.padStart(9)}  ${workload.against} ${right!.padStart(9)}  ${
        ratio!.padStart(10)
      }  (${range})`,
    );
  }
  return [...lines, ...workload.problems.map((problem) => `  ${problem}`)].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => index === 0 ? "---" : "---:")), ...rows.map(line), ""];
}

function goalRow({ what, wanted, ratios }: GoalState): string[] {
  const text = (of: GoalState["ratios"]) =>
    of.map(({ workload, ratio }) => `${workload} ${number(ratio)}x`).join(", ");
  if (ratios.length === 0) return [what, wanted, "not measured", ""];
  const behind = ratios.filter(({ isReached }) => !isReached);
  const reached = ratios.length - behind.length;
  const state = behind.length === 0 ? "yes" : reached === 0 ? "no" : `${reached} of ${ratios.length}`;
  if (ratios.length <= 6) return [what, wanted, state, text(ratios)];
  return [what, wanted, state, behind.length === 0 ? "" : `not: ${text(behind)}`];
}

/** The columns of the overview; a workload has the first figure of each that it was measured for. */
const COLUMNS: readonly { readonly head: string; readonly figures: readonly FigureName[] }[] = [
  { head: "produce", figures: ["produceMBps", "requestsPerSecond"] },
  { head: "consume", figures: ["consumeMBps"] },
  { head: "CPU, produce", figures: ["produceCpuPerGB", "requestCpuMicros", "brokerCpuShare"] },
  { head: "CPU, consume", figures: ["consumeCpuPerGB"] },
  { head: "p50", figures: ["p50Ms", "endToEndMeanMs"] },
  { head: "p99", figures: ["p99Ms", "ackP99Ms"] },
  { head: "p99.9", figures: ["p999Ms"] },
  { head: "peak RSS", figures: ["peakRssMiB"] },
];

function overviewRow(workload: WorkloadResult): string[] {
  const rows = new Map(rowsOf(workload).map((row) => [row.figure, row]));
  const ratios = COLUMNS.map(({ figures }) => {
    const row = figures.map((figure) => rows.get(figure)).find((found) => found !== undefined);
    if (row === undefined || Number.isNaN(row.ratio.median)) return "";
    return `${isAhead(row) ? "" : "(!) "}${number(row.ratio.median)}x`;
  });
  return [`[${workload.title}](#${workload.name})`, ...ratios];
}

/** What has a place in the overview has at least one of its figures. */
function isInOverview(workload: WorkloadResult): boolean {
  return overviewRow(workload).slice(1).some((ratio) => ratio !== "");
}

function detail(workload: WorkloadResult, usual: Conditions): string[] {
  const { date, machine, versions, load, scale } = workload.conditions;
  const other = versions.filter((version) => !usual.versions.includes(version));
  if (machine !== usual.machine) other.push(machine);
  const under = [`${date}, load average ${load}`, ...scale === 1 ? [] : [`scale ${scale}`], ...other];
  return [
    `### ${workload.name}`,
    "",
    `${workload.title}. ${under.join("; ")}.`,
    "",
    ...table(
      ["figure", OURS, workload.against, "ratio, median", "min to max", "pairs"],
      rowsOf(workload).map(cells),
    ),
    ...workload.problems.flatMap((problem) => [problem.split("\n")[0]!, ""]),
  ];
}

/** The results in the order of the workloads. */
export function sorted(workloads: readonly WorkloadResult[]): WorkloadResult[] {
  const place = (name: string) => allWorkloads.findIndex((workload) => workload.name === name);
  return workloads.toSorted((a, b) => place(a.name) - place(b.name));
}

function conditionsText(all: readonly Conditions[], usual: Conditions): string[] {
  const dates = all.map(({ date }) => date).toSorted();
  const [first, last] = [dates[0]!, dates.at(-1)!];
  return [
    `Measured ${first === last ? `on ${first}` : `from ${first} to ${last}`}.`,
    "",
    `- Machine: ${usual.machine}, which runs brokers and clients`,
    ...usual.versions.map((version) => `- ${version}`),
    "",
  ];
}

const image = ({ title, file }: Plot) => [`![${title}](${file})`, ""];

const OTHERS: readonly { readonly against: string; readonly title: string }[] = [
  { against: "bare server", title: "Beside a server that only appends and reads" },
  { against: "NATS", title: "Beside NATS JetStream" },
];

/** The whole result as Markdown, with the plots' files beside it. */
export function markdown(
  result: BenchResult,
  plots: { readonly ratios: readonly Plot[]; readonly sweep: readonly Plot[] },
): string {
  const measured = sorted(result.workloads).filter(({ pairs }) => pairs.length > 0);
  const failed = sorted(result.workloads).filter(({ pairs }) => pairs.length === 0);
  const all = [
    ...measured.map(({ conditions }) => conditions),
    ...result.sweep === null ? [] : [result.sweep.conditions],
  ];
  const newest = all.toSorted((a, b) => a.date < b.date ? 1 : -1)[0];
  if (newest === undefined) return `# ${OURS} beside Kafka\n\nNothing has been measured.\n`;
  const versions = [
    ...new Set(
      all.filter(({ date }) => date === newest.date || all.length > 1)
        .toSorted((a, b) => a.date < b.date ? 1 : -1).flatMap((one) => one.versions),
    ),
  ];
  // Of two versions of the same thing the newest is the usual one.
  const kinds = new Map<string, string>();
  for (const version of versions) {
    const kind = version.split(" ")[0]!;
    if (!kinds.has(kind)) kinds.set(kind, version);
  }
  const usual = { ...newest, versions: [...kinds.values()] };
  const beside = (against: string) => measured.filter((workload) => workload.against === against);
  const overview = (workloads: readonly WorkloadResult[]) =>
    table(["workload", ...COLUMNS.map(({ head }) => head)], workloads.map(overviewRow));
  return [
    `# ${OURS} beside Kafka`,
    "",
    "Written by `deno task bench`; [the README](../README.md) says how each figure is measured, and on what terms.",
    "",
    ...conditionsText(all, usual),
    `A ratio is ${OURS}'s figure divided by the other's, measured one right after the other with the same client; ` +
    "the median of the pairs counts. (!) marks what is behind.",
    "",
    "## The goals",
    "",
    ...table(["figure", "goal", "reached", "ratios"], goalStates(result).map(goalRow)),
    "## All ratios beside Kafka",
    "",
    "Throughput: more is better. Everything else: less is better.",
    "",
    ...overview(beside("Kafka").filter(isInOverview)),
    ...plots.ratios.flatMap(image),
    "## Starting, doing nothing, coming back",
    "",
    ...table(
      ["figure", OURS, "Kafka", "ratio, median", "min to max", "pairs"],
      beside("Kafka").filter((workload) => !isInOverview(workload)).flatMap(rowsOf).map(cells),
    ),
    ...plots.sweep.length === 0 ? [] : ["## Against offered load", ""],
    ...plots.sweep.flatMap(image),
    ...OTHERS.flatMap(({ against, title }) =>
      beside(against).length === 0 ? [] : [`## ${title}`, "", ...overview(beside(against))]
    ),
    ...failed.length === 0 ? [] : ["## Not measured", ""],
    ...failed.flatMap(({ title, problems }) => [`- ${title}: ${problems[0]?.split("\n")[0]}`]),
    ...failed.length === 0 ? [] : [""],
    "## Each workload",
    "",
    "On the left medians of what was measured, then the ratios of the pairs: median, least and greatest.",
    "",
    ...measured.flatMap((workload) => detail(workload, usual)),
  ].join("\n");
}
