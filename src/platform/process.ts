/** The process that Sluice runs in: what the command line needs of it and a node does not. */

/** Nobody reads the other end of a stream any more, as in `sluice consume ... | head`. */
export class BrokenPipeError extends Error {
  override readonly name = "BrokenPipeError";
}

/** Where bytes come in. */
export interface InputStream {
  readonly isTerminal: boolean;
  /** Reads at least one byte into `target`; returns how many, or 0 at the end. */
  read(target: Uint8Array): Promise<number>;
}

/** Where bytes go out. */
export interface OutputStream {
  readonly isTerminal: boolean;
  /** How wide the terminal is now, in characters; null when it is not one. */
  columns(): number | null;
  /** Writes all of `bytes`, in the order of the calls; fails with {@link BrokenPipeError} when nobody reads. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes all of `bytes` before it returns, for the last words of a process; failures are ignored. */
  writeNow(bytes: Uint8Array): void;
}

/** Signals that a process may handle. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What the process uses now, in bytes. */
export interface MemoryUse {
  /** Physical memory, everything included. */
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Buffers outside the heap. */
  readonly externalBytes: number;
}

/** Processor time that the process has used since its start. */
export interface CpuUse {
  readonly userMs: number;
  readonly systemMs: number;
}

/** Signals for processes that this one started: end in order, end at once, stand still, go on. */
export type ChildSignal = "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT";

/** A process that this one started. */
export interface ChildProcess {
  readonly pid: number;
  /** What it prints. Nobody reading stops it sooner or later. */
  readonly stdout: Pick<InputStream, "read">;
  readonly stderr: Pick<InputStream, "read">;
  /** Resolves with its exit code, or 128 and the number of the signal that ended it. */
  readonly ended: Promise<number>;
  /** Writes to its standard input. That it reads no more is ignored: {@link ended} tells. */
  write(bytes: Uint8Array): Promise<void>;
  /** Does nothing when it has ended. */
  signal(signal: ChildSignal): void;
}

export interface Process {
  /** What the user typed after the program's name. */
  readonly args: readonly string[];
  readonly pid: number;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** A variable of the environment; undefined when it is not set. */
  env(name: string): string | undefined;
  /** Every variable of the environment. */
  environment(): Readonly<Record<string, string>>;
  /** Ends the process at once. Writes that have not resolved may be lost. */
  exit(code: number): never;
  /** Calls `handler` for every `signal` instead of what the system would do; the result stops that. */
  onSignal(signal: Signal, handler: () => void): () => void;
  /** Calls `handler` for an error that nobody caught, instead of ending the process. For the life of the process. */
  onUncaught(handler: (error: unknown) => void): void;
  /**
   * Starts this program once more, with other arguments and more variables in its environment. Its standard input
   * ends when this process does.
   */
  startAgain(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess;
  /** The name by which other machines most likely know this one. */
  hostName(): string;
  /** Makes a new, empty directory for temporary files and returns its path. */
  makeTemporaryDirectory(prefix: string): string;
  memory(): MemoryUse;
  cpu(): CpuUse;
  /** Returns what gives back the memory of the program's code that is not used at the moment; null where none can. */
  codeRelease?(): (() => void) | null;
}
