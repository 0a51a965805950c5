/** The table of planted bugs and the seeds it took to find them: Markdown that can be made in several parts. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** A line of the table. */
export interface MutationRow {
  readonly name: string;
  readonly file: string;
  /** How many seeds it took, or after how many the bug was still not found. */
  readonly seeds: string;
  readonly virtualSeconds: string;
  readonly rule: string;
  readonly commit: string;
}

const HEAD: MutationRow = {
  name: "bug",
  file: "file",
  seeds: "seeds to catch",
  virtualSeconds: "virtual seconds",
  rule: "rule that was broken",
  commit: "commit",
};

const RULE = /^\|[\s|:-]+\|$/;

function cellsOf({ name, file, seeds, virtualSeconds, rule, commit }: MutationRow): readonly string[] {
  return [name, file, seeds, virtualSeconds, rule, commit];
}

/** What a cell of a Markdown table can hold. */
function plain(text: string): string {
  return text.replaceAll(/[|`*_<>[\]\\]/g, " ").replaceAll(/\s+/g, " ").trim();
}

/** The rows of a table that was written before; none when there is no such file. */
export function readTable(path: string): MutationRow[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(1).filter((line) => !RULE.test(line)).map((line) => {
    const [name = "", file = "", seeds = "", virtualSeconds = "", rule = "", commit = ""] = line.slice(1, -1)
      .split("|").map((cell) => cell.trim());
    return { name, file: file.replaceAll("`", ""), seeds, virtualSeconds, rule, commit };
  });
}

/** Writes `row` over the one of the same bug. Rows are in the order of `names`; what is not there any more goes. */
export function updateTable(path: string, names: readonly string[], row: MutationRow): void {
  const rows = new Map(readTable(path).map((each) => [each.name, each]));
  rows.set(plain(row.name), { ...row, name: plain(row.name), rule: plain(row.rule) });
  const ordered = names.flatMap((name) => rows.get(plain(name)) ?? []);
  writeFileSync(path, render(ordered, names.length));
}

function render(rows: readonly MutationRow[], bugs: number): string {
  const today = new Date().toISOString().slice(0, 10);
  const caught = rows.filter(({ rule }) => rule !== "").length;
  const lines = [HEAD, ...rows.map((row) => ({ ...row, file: `\`${row.file}\`` }))].map(cellsOf);
  const widths = cellsOf(HEAD).map((_, at) => Math.max(...lines.map((cells) => cells[at]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  return [
    "# Planted bugs",
    "",
    "Made by `deno task mutate`, which plants each bug in a copy of a commit and runs seeds of the simulator until",
    "one fails that passes without the bug. Virtual seconds are those of all the seeds that were run.",
    "",
    `Of ${bugs} bugs ${rows.length} were tried and ${caught} caught; the last line is of ${today}.`,
    "",
    line(lines[0]!),
    `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`,
    ...lines.slice(1).map(line),
    "",
  ].join("\n");
}
