/** The result as text and as Markdown. */

import { figureKinds } from "./figures.ts";
import { type BenchResult, type Row, rowsOf, type WorkloadResult } from "./results.ts";

function number(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 3;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
}

function cells(row: Row): string[] {
  const { label, unit, better } = figureKinds[row.figure];
  const { min, median, max } = row.ratio;
  const wins = better === "more" ? median >= 1 : median <= 1;
  return [
    `${label}, ${unit}`,
    number(row.ours),
    number(row.theirs),
    `${wins ? "" : "(!) "}${number(median)}x`,
    `${number(min)} to ${number(max)}`,
    `${row.pairs}`,
  ];
}

/** One workload for a terminal. */
export function printed(workload: WorkloadResult, names: readonly [string, string]): string {
  const lines = [`${workload.title} [${workload.name}]`];
  for (const row of rowsOf(workload)) {
    const [label, ours, theirs, ratio, range] = cells(row);
    lines.push(
      `  ${label!.padEnd(48)} ${names[0]} ${ours!.padStart(9)}  ${names[1]} ${theirs!.padStart(9)}  ${
        ratio!.padStart(10)
      }  (${range})`,
    );
  }
  return [...lines, ...workload.problems.map((problem) => `  ${problem}`)].join("\n");
}

function table(workload: WorkloadResult, [ours, theirs]: readonly [string, string]): string {
  const rows = rowsOf(workload).map((row) => `| ${cells(row).join(" | ")} |`);
  const problems = workload.problems.map((problem) => `\n${problem.split("\n")[0]}\n`).join("");
  return [
    `### ${workload.title}`,
    "",
    `\`--only ${workload.name}\``,
    "",
    `| figure | ${ours} | ${theirs} | ratio, median | min to max | pairs |`,
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    problems,
  ].join("\n");
}

/** The whole result as Markdown; `plots` are file names beside it. */
export function markdown(result: BenchResult, plots: readonly { title: string; file: string }[]): string {
  const [ours, theirs] = result.names;
  return [
    `# ${ours} beside ${theirs}`,
    "",
    `Written by \`deno task bench${result.options === "" ? "" : ` ${result.options}`}\` on ${result.date}.`,
    "",
    `- Machine: ${result.machine}`,
    ...result.versions.map((version) => `- ${version}`),
    `- Load average before and after: ${result.load.before}; ${result.load.after}. Where it is above 0 before, others ` +
    "used the machine too, and only the ratios mean something.",
    "",
    `A ratio is ${ours}'s figure divided by ${theirs}'s, measured one right after the other with the same client. ` +
    "Median, least and greatest are those of the pairs. Figures on the left are medians. (!) marks those in which " +
    `${ours} is behind. [README.md](README.md) says how each is measured.`,
    "",
    ...plots.flatMap(({ title, file }) => [`![${title}](${file})`, ""]),
    ...result.workloads.filter(({ pairs }) => pairs.length > 0).map((workload) =>
      table(workload, result.names)
    ),
  ].join("\n");
}
