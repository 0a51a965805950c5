/** Runs commands in this process: on the real disk and network, with streams that are kept. */

import { main } from "../../src/cli/main.ts";
import { currentPlatform } from "../../src/platform/adapters/current.ts";
import { BrokenPipeError, type OutputStream, type Process } from "../../src/platform/process.ts";

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The width of a terminal that output goes to; a pipe unless told. */
  readonly terminalColumns?: number;
  /** Whoever reads the output goes away after so many bytes. */
  readonly readerTakesBytes?: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what is written. */
class KeptStream implements OutputStream {
  readonly isTerminal: boolean;
  readonly #columns: number | null;
  readonly #limit: number;
  #bytes = 0;
  #text = "";
  readonly #decoder = new TextDecoder();

  constructor(columns: number | undefined, limit = Infinity) {
    this.isTerminal = columns !== undefined;
    this.#columns = columns ?? null;
    this.#limit = limit;
  }

  get text(): string {
    return this.#text;
  }

  columns(): number | null {
    return this.#columns;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#bytes + bytes.length > this.#limit) return Promise.reject(new BrokenPipeError("nobody reads"));
    this.writeNow(bytes);
    return Promise.resolve();
  }

  writeNow(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#text += this.#decoder.decode(bytes, { stream: true });
  }
}

/** Runs `sluice WORDS...` and resolves when it has ended. */
export async function runCommand(
  words: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const stdout = new KeptStream(options.terminalColumns, options.readerTakesBytes);
  const stderr = new KeptStream(undefined);
  const env = options.env ?? {};
  const process: Process = {
    args: words,
    pid: 1,
    stdin: { isTerminal: false, read: () => Promise.resolve(0) },
    stdout,
    stderr,
    env: (name) => env[name],
    environment: () => env,
    exit: (code) => {
      throw new Error(`exit ${code}`);
    },
    onSignal: () => () => {},
    onUncaught: () => {},
    makeTemporaryDirectory: (prefix) => Deno.makeTempDirSync({ prefix }),
    memory: () => ({ residentBytes: 0, heapUsedBytes: 0, heapTotalBytes: 0, externalBytes: 0 }),
    cpu: () => ({ userMs: 0, systemMs: 0 }),
  };
  const code = await main(process, currentPlatform);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
