/** Prints results: tables for people, tab-separated lines for pipes, JSON for programs. */

import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { type CliContext, print } from "./context.ts";
import { styleFor } from "./style.ts";

export type OutputFormat = "table" | "json";

export const outputFlags = {
  output: withDefault(
    option("-o", "--output", choice(["table", "json"], { metavar: "FORMAT" }), {
      description:
        message`How results are printed. A table that goes into a pipe has tabs between its columns and no heads.`,
    }),
    "table" as const,
  ),
};

/** A cell: numbers stand on the right. */
export type Cell = string | number;

export interface Table {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Prints `value` as JSON. */
export function printJson(context: CliContext, value: unknown): Promise<void> {
  return print(context, JSON.stringify(value, null, 2) + "\n");
}

/** Prints a table in the way that suits where it goes. */
export async function printTable(context: CliContext, table: Table): Promise<void> {
  const { stdout } = context.process;
  const text = stdout.isTerminal ? await drawn(table, context) : tabbed(table);
  if (text !== "") await print(context, text);
}

function tabbed({ rows }: Table): string {
  return rows.map((row) => row.map((cell) => String(cell).replaceAll(/[\t\n]/g, " ")).join("\t") + "\n").join(
    "",
  );
}

/** No lines between the cells: what is copied from a terminal stays readable. */
const noLines = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((name) => [name, name === "middle" ? "  " : ""]),
);

async function drawn({ heads, rows }: Table, { process }: CliContext): Promise<string> {
  const { default: TableOfTerminal } = await import("cli-table3");
  const style = styleFor(process.stdout, process);
  const isNumber = heads.map((_, index) => rows.every((row) => typeof row[index] === "number"));
  const table = new TableOfTerminal({
    head: heads.map((head) => style.bold(head)),
    chars: noLines,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: isNumber.map((is) => is ? "right" : "left"),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n") + "\n";
}

/** A number of bytes as people read it. */
export function humanBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
