/** Bold and dim on a terminal, plain text elsewhere (https://no-color.org). */

import pc from "picocolors";
import type { OutputStream, Process } from "../platform/process.ts";

export type Style = Pick<ReturnType<typeof pc.createColors>, "bold" | "dim" | "red" | "green" | "yellow">;

/** How to write to one of the process's streams. */
export function styleFor(stream: OutputStream, process: Pick<Process, "env">): Style {
  const isRefused = (process.env("NO_COLOR") ?? "") !== "" || process.env("TERM") === "dumb";
  return pc.createColors(stream.isTerminal && !isRefused);
}
