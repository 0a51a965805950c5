/**
 * Brokers as the tests use them: real processes with data directories of their own, from the sources or, when
 * SLUICE_BINARY names one, from an executable. Whatever happens in a test, processes end and directories go with
 * the test run. SLUICE_TEST_BROKER=HOST:PORT makes {@link sharedBroker} use a broker that runs already, which is
 * how the tests themselves are checked against Apache Kafka.
 */

import { parseAddress } from "../../src/platform/address.ts";
import type { Address } from "../../src/platform/network.ts";
import { denoPath } from "./deno_path.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;

/** How a broker is started. */
export interface BrokerOptions {
  /** Broker configs by Kafka's names. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>;
  /** A directory of the caller's; otherwise a temporary one that is removed at the end. */
  readonly dataDir?: string;
  /** 0, the default, takes any free port; restarts keep it. */
  readonly port?: number;
  /** The address to listen on; 127.0.0.1 unless told. */
  readonly host?: string;
  /** A node that is only a controller runs "controller", everything else "broker", which is the default. */
  readonly command?: "broker" | "controller";
  /** Words before the program, such as `ip netns exec NAME`; they have to replace themselves by it. */
  readonly prefix?: readonly string[];
  /** Where HTTP is served; off unless told, "default" says nothing of it. */
  readonly http?: string;
  /** Further words of the command line. */
  readonly args?: readonly string[];
  /** How long to wait for the line that says it serves, in milliseconds. */
  readonly readyTimeoutMs?: number;
}

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A broker did not get as far as its ready line. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  readonly ended: Ended;

  constructor(ended: Ended) {
    super(`the broker ended with ${ended.signal ?? ended.code} before it was ready:\n${ended.stderr}`);
    this.ended = ended;
  }
}

const running = new Set<Deno.ChildProcess>();
const temporary = new Set<string>();

function leaveNothing(): void {
  for (const child of running) killQuietly(child, "SIGKILL");
  for (const path of temporary) removeQuietly(path);
}

globalThis.addEventListener("unload", leaveNothing);

/** A test run that is told to end takes its brokers with it, and then ends as it was told. */
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  const onSignal = () => {
    leaveNothing();
    Deno.removeSignalListener(signal, onSignal);
    Deno.kill(Deno.pid, signal);
  };
  Deno.addSignalListener(signal, onSignal);
}

/** A directory that is gone when the test file is done. */
export function temporaryDirectory(): string {
  const path = Deno.makeTempDirSync({ prefix: "sluice-test-" });
  temporary.add(path);
  return path;
}

/** Starts a broker and waits until it serves. Throws {@link StartFailure} when it ends before that. */
export async function startBroker(options: BrokerOptions = {}): Promise<BrokerProcess> {
  const broker = new BrokerProcess(options);
  await broker.start();
  return broker;
}

/**
 * One broker for all tests of a file, started before the first and stopped after the last. Its address may be asked
 * for inside tests only.
 */
export function sharedBroker(
  options: BrokerOptions = {},
): { readonly address: Address; broker: BrokerProcess } {
  let started: BrokerProcess | undefined;
  const external = Deno.env.get("SLUICE_TEST_BROKER");
  Deno.test.beforeAll(async () => {
    if (external === undefined) started = await startBroker(options);
  });
  Deno.test.afterAll(async () => {
    await started?.[Symbol.asyncDispose]();
  });
  return {
    get address() {
      return external === undefined ? this.broker.address : parseAddress(external);
    },
    get broker() {
      if (started === undefined) throw new Error("this test needs a broker process of its own");
      return started;
    },
  };
}

/** `HOST:PORT` of an address. */
export function bootstrapOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** A broker process that can be stopped, killed and started again on the same data and port. */
export class BrokerProcess implements AsyncDisposable {
  readonly dataDir: string;
  /** Further words of the command line, for the next start. */
  args: readonly string[];
  /** What it has written to stderr since it was first started. */
  stderr = "";
  readonly #options: BrokerOptions;
  readonly #ownsDataDir: boolean;
  #child: Deno.ChildProcess | undefined;
  #ended: Promise<Ended> | undefined;
  #address: Address;
  #http: Address | null = null;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#ownsDataDir = options.dataDir === undefined;
    this.dataDir = options.dataDir ?? temporaryDirectory();
    this.#address = { host: options.host ?? "127.0.0.1", port: options.port ?? 0 };
    this.args = options.args ?? [];
  }

  /** Where clients reach it. */
  get address(): Address {
    return this.#address;
  }

  /** Where its HTTP server is, without a slash at the end. */
  get httpUrl(): string {
    if (this.#http === null) throw new Error("the broker serves no HTTP");
    return `http://${this.#http.host}:${this.#http.port}`;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** How the process ended, once it has. */
  get ended(): Promise<Ended> {
    if (this.#ended === undefined) throw new Error("the broker was not started");
    return this.#ended;
  }

  /** Starts it, again if it has run before. */
  async start(): Promise<void> {
    const child = spawnSluice(this.#words(), this.#options.prefix);
    this.#child = child;
    const ready = Promise.withResolvers<Ready>();
    const stdout = readLines(child.stdout, (line) => {
      const said = readyFacts(line);
      if (said !== null) ready.resolve(said);
    });
    const before = this.stderr.length;
    const errors = readText(child.stderr, (text) => this.stderr += text);
    this.#ended = child.status.then(async ({ code, signal }) => {
      running.delete(child);
      const printed = await stdout;
      await errors;
      return { code, signal, stdout: printed, stderr: this.stderr.slice(before) };
    });
    void this.#ended.then((ended) => ready.reject(new StartFailure(ended)));
    const timer = setTimeout(() => killQuietly(child, "SIGKILL"), this.#options.readyTimeoutMs ?? 60_000);
    try {
      ({ address: this.#address, http: this.#http } = await ready.promise);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Stops it the clean way (SIGTERM) and resolves when it is gone. */
  async stop(): Promise<Ended> {
    const timer = setTimeout(() => this.#child && killQuietly(this.#child, "SIGKILL"), 30_000);
    this.signal("SIGTERM");
    const ended = await this.ended;
    clearTimeout(timer);
    return ended;
  }

  /** Ends it as a crash of the process does (SIGKILL) and resolves when it is gone. */
  async kill(): Promise<Ended> {
    this.signal("SIGKILL");
    return await this.ended;
  }

  signal(signal: Deno.Signal): void {
    killQuietly(this.#running, signal);
  }

  /** Removes its data; only while it does not run. */
  wipe(): void {
    Deno.removeSync(this.dataDir, { recursive: true });
    Deno.mkdirSync(this.dataDir);
  }

  /** Stops it and starts it on the same data and port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** The physical memory that the process uses now, in bytes. */
  residentBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) await this.stop();
    if (this.#ownsDataDir) removeQuietly(this.dataDir);
  }

  get #running(): Deno.ChildProcess {
    if (this.#child === undefined) throw new Error("the broker was not started");
    return this.#child;
  }

  #words(): string[] {
    const { host, port } = this.#address;
    const settings = Object.entries(this.#options.configs ?? {})
      .flatMap(([name, value]) => ["--set", `${name}=${value}`]);
    const { command = "broker" } = this.#options;
    const listen = command === "broker" ? "--listen" : "--controller-listen";
    const { http = "off" } = this.#options;
    return [
      ...[command, listen, `${host}:${port}`, "--data-dir", this.dataDir],
      ...(http === "default" ? [] : ["--http", http]),
      ...["--log-format", "json", ...settings, ...this.args],
    ];
  }
}

/** Starts the program with these words, its output piped. */
export function spawnSluice(words: readonly string[], prefix: readonly string[] = []): Deno.ChildProcess {
  const binary = Deno.env.get("SLUICE_BINARY");
  const program = binary === undefined ? [denoPath(), "run", "-A", main] : [binary];
  const [command, ...args] = [...prefix, ...program, ...words];
  const child = new Deno.Command(command!, {
    args,
    clearEnv: true,
    env: environment(),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.add(child);
  return child;
}

/** The environment without what is meant for these tests, or for brokers that somebody starts by hand. */
function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("SLUICE_")),
  );
}

/** What the line says that a node prints when it serves. */
interface Ready {
  readonly address: Address;
  readonly http: Address | null;
}

function readyFacts(line: string): Ready | null {
  if (!line.startsWith("{")) return null;
  const said = JSON.parse(line);
  if (said.event !== "ready") return null;
  const first = (Object.values(said.listeners)[0] ?? said.controller) as Address | null;
  return first === null ? null : { address: { host: first.host, port: first.port }, http: said.http };
}

async function readText(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) take(text as string);
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<string> {
  let printed = "";
  let taken = 0;
  await readText(stream, (text) => {
    printed += text;
    for (let end = printed.indexOf("\n", taken); end >= 0; end = printed.indexOf("\n", taken)) {
      take(printed.slice(taken, end));
      taken = end + 1;
    }
  });
  return printed;
}

function killQuietly(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

function removeQuietly(path: string): void {
  temporary.delete(path);
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // Somebody else was faster.
  }
}
