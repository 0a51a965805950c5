/** A process for the tests of commands: streams in memory and signals that a test sends. */

import { main } from "../../../src/cli/main.ts";
import { systemClock, systemTimers } from "../../../src/platform/adapters/system_time.ts";
import { systemRandom } from "../../../src/platform/adapters/system_random.ts";
import type { Disk } from "../../../src/platform/disk.ts";
import { MemoryNetwork } from "../../../src/platform/memory_network.ts";
import type { Network } from "../../../src/platform/network.ts";
import type { Platform } from "../../../src/platform/platform.ts";
import {
  BrokenPipeError,
  type OutputStream,
  type Process,
  type Signal,
} from "../../../src/platform/process.ts";

/** The process was told to end at once. */
export class Exited extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

class MemoryOutput implements OutputStream {
  readonly isTerminal: boolean;
  text = "";
  /** After so many bytes nobody reads any more. */
  breaksAfter = Infinity;

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal;
  }

  columns(): number | null {
    return this.isTerminal ? 80 : null;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.text.length >= this.breaksAfter) return Promise.reject(new BrokenPipeError("nobody reads"));
    this.writeNow(bytes);
    return Promise.resolve();
  }

  writeNow(bytes: Uint8Array): void {
    this.text += new TextDecoder().decode(bytes);
  }
}

export interface FakeProcessOptions {
  readonly args: readonly string[];
  /** What standard input holds; left out, it never ends and gives nothing. */
  readonly input?: string | Uint8Array;
  readonly isTerminal?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

export class FakeProcess implements Process {
  readonly args: readonly string[];
  readonly pid = 4711;
  readonly stdout: MemoryOutput;
  readonly stderr: MemoryOutput;
  readonly stdin: Process["stdin"];
  readonly #environment: Readonly<Record<string, string>>;
  readonly #handlers = new Map<Signal, Set<() => void>>();

  constructor(options: FakeProcessOptions) {
    this.args = options.args;
    const isTerminal = options.isTerminal ?? false;
    this.stdout = new MemoryOutput(isTerminal);
    this.stderr = new MemoryOutput(isTerminal);
    this.#environment = options.environment ?? {};
    const { input } = options;
    const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
    let at = 0;
    this.stdin = {
      isTerminal,
      read(target) {
        if (bytes === undefined) return new Promise(() => {});
        const part = bytes.subarray(at, at + target.length);
        target.set(part);
        at += part.length;
        return Promise.resolve(part.length);
      },
    };
  }

  env(name: string): string | undefined {
    return this.#environment[name];
  }

  environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  exit(code: number): never {
    throw new Exited(code);
  }

  onSignal(signal: Signal, handler: () => void): () => void {
    const handlers = this.#handlers.get(signal) ?? new Set();
    this.#handlers.set(signal, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  /** Sends a signal; false when nobody listens to it. */
  signal(signal: Signal): boolean {
    const handlers = [...this.#handlers.get(signal) ?? []];
    for (const handler of handlers) handler();
    return handlers.length > 0;
  }

  onUncaught(): void {}

  makeTemporaryDirectory(prefix: string): string {
    return `/tmp/${prefix}test`;
  }

  startAgain(): never {
    throw new Error("not in these tests");
  }

  hostName(): string {
    return "test.invalid";
  }

  memory(): never {
    throw new Error("not in these tests");
  }

  cpu(): never {
    throw new Error("not in these tests");
  }
}

/** Refuses everything: the commands under test need no disk. */
const noDisk = new Proxy({}, {
  get: () => () => {
    throw new Error("a disk was used");
  },
}) as Disk;

export function platformWith(network: Network = new MemoryNetwork()): Platform {
  return { clock: systemClock, timers: systemTimers, random: systemRandom, disk: noDisk, network };
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with some words until it ends. */
export async function runProgram(
  options: FakeProcessOptions,
  network?: Network,
): Promise<Ran> {
  const process = new FakeProcess(options);
  const code = await main(process, () => Promise.resolve(platformWith(network)));
  return { code, stdout: process.stdout.text, stderr: process.stderr.text };
}
