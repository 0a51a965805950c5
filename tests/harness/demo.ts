/** `sluice demo`, for tests: a cluster with a dashboard and a failure laboratory. */

import { spawnCommand } from "./sluice_command.ts";

/** How long it may take until it serves, in milliseconds. */
const START_MS = 60_000;

export class DemoProcess implements AsyncDisposable {
  /** Where the dashboard is, with a slash at the end. */
  readonly url: string;
  readonly bootstrap: string;
  /** Where it keeps its data, and nobody else anything. */
  readonly directory: string;
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<unknown>;

  private constructor(child: Deno.ChildProcess, read: Promise<unknown>, printed: string, directory: string) {
    this.#child = child;
    this.directory = directory;
    this.#read = read;
    this.url = /http:\S+/.exec(printed)![0];
    this.bootstrap = /Brokers\s+(\S+)/.exec(printed)![1]!;
  }

  /** Starts `sluice demo WORDS...`; resolves when the cluster serves. */
  static async start(words: readonly string[] = []): Promise<DemoProcess> {
    const directory = Deno.makeTempDirSync({ prefix: "sluice-demo-test-" });
    const child = spawnCommand(["demo", "--http", "127.0.0.1:0", ...words], { TMPDIR: directory });
    const said = new Response(child.stderr).text();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const timer = setTimeout(() => child.kill("SIGTERM"), START_MS);
    let printed = "";
    while (!/Brokers .*\n/.test(printed)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`sluice demo ended before it served:\n${printed}${await said}`);
      printed += value;
    }
    clearTimeout(timer);
    const rest = (async () => {
      while (!(await reader.read()).done);
    })();
    return new DemoProcess(child, Promise.all([said, rest]), printed, directory);
  }

  /** Ends its keeper at once, without a chance to put anything in order. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Ends it as Ctrl-C does; resolves with its exit code. */
  async end(): Promise<number> {
    this.#child.kill("SIGINT");
    const [{ code }] = await Promise.all([this.#child.status, this.#read]);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await Promise.all([this.#child.status, this.#read, this.#child.stdin.close().catch(() => {})]);
    Deno.removeSync(this.directory, { recursive: true });
  }
}
