/** What is compared: a broker that can be started on a directory, measured from outside, and ended. */

/** A product under test. */
export interface Peer {
  readonly name: string;
  /** What and which version, for the report. */
  readonly version: string;
  /** Makes what must be there before the first start (Kafka's formatting); not part of any figure. */
  prepare(directory: string, options?: StartOptions): Promise<void>;
  /** Starts it on a prepared directory. Resolves at once, whether it serves yet or not. */
  spawn(directory: string, options?: StartOptions): PeerProcess;
  /** Prepares and spawns a cluster of three, each on a directory below `directory`; null where that cannot be done. */
  spawnThree?(directory: string): Promise<readonly PeerProcess[]>;
  /** Resolves when it serves on `port`; where it is not set, it is asked in Kafka's protocol. */
  untilServing?(port: number, timeoutMs: number): Promise<void>;
  /** The size in bytes of what has to be installed, and what that is. */
  installed(): { readonly bytes: number; readonly what: string };
}

/** How a peer is started. */
export interface StartOptions {
  /** A free one unless set. */
  readonly port?: number;
}

/** A running broker. */
export interface PeerProcess {
  readonly port: number;
  readonly pid: number;
  /** Ends it the clean way. */
  stop(): Promise<void>;
  /** Ends it as a crash of the process does. */
  kill(): Promise<void>;
}

const children = new Set<Deno.ChildProcess>();

function endAll(): void {
  for (const child of children) endQuietly(child, "SIGKILL");
}

globalThis.addEventListener("unload", endAll);
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(signal, () => {
    endAll();
    Deno.exit(130);
  });
}

/** Ends a child process when this program ends, whatever ends it. */
export function endWithUs(child: Deno.ChildProcess): void {
  children.add(child);
  void child.status.then(() => children.delete(child));
}

function endQuietly(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

/** Starts a broker whose output goes to `logFile`, and which does not outlive this program. */
export function spawnPeer(
  words: readonly string[],
  { port, logFile }: { readonly port: number; readonly logFile: string },
): PeerProcess {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", `exec ${quoted} >> '${logFile}' 2>&1`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  endWithUs(child);
  const end = async (signal: Deno.Signal) => {
    endQuietly(child, signal);
    const timer = setTimeout(() => endQuietly(child, "SIGKILL"), 30_000);
    await child.status;
    clearTimeout(timer);
  };
  return { port, pid: child.pid, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

/** Returns a port of the loopback interface that nothing listens on now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
