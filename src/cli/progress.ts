/** Tells a person who waits how far long work is: one line on standard error that is written over. */

import type { Timer } from "../platform/platform.ts";
import { type CliContext, say } from "./context.ts";

const EVERY_MS = 500;

export interface Progress {
  /** Wipes the line away. */
  stop(): Promise<void>;
}

/** Shows what `describe` says, twice a second, when standard error is a terminal. */
export function showProgress(context: CliContext, describe: () => string): Progress {
  const { stderr } = context.process;
  if (!stderr.isTerminal) return { stop: () => Promise.resolve() };
  const { timers } = context.platform;
  let shown = false;
  let timer: Timer;
  const tick = () => {
    const width = (stderr.columns() ?? 80) - 1;
    shown = true;
    say(context, `\r\x1b[K${describe().slice(0, width)}`).catch(() => {});
    timer = timers.after(EVERY_MS, tick);
  };
  timer = timers.after(EVERY_MS, tick);
  return {
    async stop() {
      timer.cancel();
      if (shown) await say(context, "\r\x1b[K");
    },
  };
}

/** A count with commas, such as 1,234,567. */
export function withCommas(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}
