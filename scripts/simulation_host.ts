/** What simulations need of the real world, on Deno and on Bun. */

import { execFileSync } from "node:child_process";
import process from "node:process";
import type { Host } from "../src/simulation/scheduler.ts";

/** Who is told of errors that nobody caught. */
let onUncaught: (error: unknown) => void = (error) => {
  throw error;
};

process.on("unhandledRejection", (error: unknown) => onUncaught(error));
process.on("uncaughtException", (error: unknown) => onUncaught(error));

/** The event loop of the runtime. */
export const realHost: Host = {
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  onUncaught: (handler) => void (onUncaught = handler),
};

/** The commit of the sources, with a mark when they differ from it. */
export function currentCommit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
    return git("rev-parse", "--short", "HEAD") +
      (git("status", "--porcelain", "src") === "" ? "" : "+changes");
  } catch {
    return "unknown";
  }
}
