/**
 * Seeds shared among processes, since a simulation runs on one core. The first process hands out a seed at a time to
 * whoever is free, by the standard input of the others, and is told on their standard output how it went.
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";

/** What became of a seed. */
export interface SeedOutcome {
  readonly seed: number;
  readonly failed: boolean;
  readonly virtualUs: number;
  readonly events: number;
  /** What there is to say of a seed that failed. */
  readonly report: readonly string[];
}

/** How seeds are shared. */
export interface Sharing {
  /** How many processes there are. */
  readonly jobs: number;
  /** The words of the command line for each of them. */
  readonly args: readonly string[];
  /** The next seed; null when there is none left. */
  readonly next: () => number | null;
  /** Told of each seed when it has ended; whether to go on. */
  readonly onOutcome: (outcome: SeedOutcome) => boolean;
}

/** The switch that makes a process one of those that are handed seeds. */
export const WORKER = "--worker";

/**
 * Most of what an event makes is garbage soon after: with room for more of it less is copied, and threads of their own
 * for that would only be in the way of the other processes.
 */
const GARBAGE_COLLECTION =
  "--v8-flags=--single-threaded-gc,--min-semi-space-size=32,--max-semi-space-size=64";

/** Runs seeds in several processes until there are none left, or `onOutcome` has had enough. */
export async function shareSeeds({ jobs, args, next, onOutcome }: Sharing): Promise<void> {
  const workers = new Set<Worker>();
  let over = false;
  const end = () => {
    over = true;
    for (const worker of workers) worker.end();
  };
  process.on("exit", end);
  const work = async () => {
    let worker: Worker | null = null;
    for (let seed = next(); seed !== null && !over; seed = next()) {
      // One that has broken down is replaced.
      if (worker?.ended !== false) workers.add(worker = new Worker(args));
      const outcome = await worker.run(seed);
      if (!over && !onOutcome(outcome)) end();
    }
    worker?.end();
  };
  await Promise.all(Array.from({ length: jobs }, work));
  process.off("exit", end);
}

/** Another process, which runs a seed at a time. */
class Worker {
  ended = false;
  readonly #child: ChildProcess;
  #onOutcome: (outcome: SeedOutcome | string) => void = () => {};

  constructor(args: readonly string[]) {
    const script = new URL("./simulate.ts", import.meta.url).pathname;
    const before = "Deno" in globalThis ? ["run", "-A", "--no-check", GARBAGE_COLLECTION] : [];
    this.#child = spawn(process.execPath, [...before, script, ...args, WORKER], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.#onOutcome(JSON.parse(line)));
    this.#child.on("exit", (code, signal) => this.#onExit(signal ?? `exit code ${code}`));
    // Whoever breaks down is found out by its exit.
    this.#child.stdin!.on("error", () => {});
  }

  #onExit(how: string): void {
    this.ended = true;
    this.#onOutcome(how);
  }

  /** Runs a seed; one in which the process breaks down has failed. */
  async run(seed: number): Promise<SeedOutcome> {
    const outcome = await new Promise<SeedOutcome | string>((resolve) => {
      this.#onOutcome = resolve;
      this.#child.stdin!.write(`${seed}\n`);
    });
    if (typeof outcome !== "string") return outcome;
    const report = [`FAILED seed ${seed}: the process that ran it has ended: ${outcome}`];
    return { seed, failed: true, virtualUs: 0, events: 0, report };
  }

  end(): void {
    if (!this.ended) this.#child.kill();
  }
}

/** Runs the seeds that this process is handed, until there are no more. */
export async function runHandedSeeds(run: (seed: number) => Promise<SeedOutcome>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await run(Number(line)))}\n`);
  }
}
