/** A JVM that stays: Kafka's tools run in it one after the other, so that no run pays for its start. */

import { endWithUs } from "./peer.ts";
import { ClientFailure } from "./process.ts";

/** Enough for the largest client, and the same for all peers. */
const JVM = ["-Xms512m", "-Xmx512m", "-XX:+UseG1GC"];

interface Running {
  readonly child: Deno.ChildProcess;
  readonly answers: ReadableStreamDefaultReader<string>;
}

export class JavaProcess {
  readonly #classPath: string;
  #running: Running | null = null;
  #left = "";

  constructor(classPath: string) {
    this.#classPath = classPath;
  }

  /** Runs a main class and returns what it printed. Throws {@link ClientFailure} when it failed or took too long. */
  async run(main: string, args: readonly string[], options: { readonly timeoutMs: number }): Promise<string> {
    const { child } = this.#started();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, options.timeoutMs);
    try {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(`${[main, ...args].join("\t")}\n`));
      writer.releaseLock();
      const answer = await this.#line();
      const [how, printed = ""] = answer?.split(" ") ?? [];
      const text = new TextDecoder().decode(Uint8Array.fromBase64(printed));
      if (how === "ok") return text;
      if (answer === null) await this.stop();
      const why = late ? `did not end within ${options.timeoutMs / 1000} s` : "failed";
      throw new ClientFailure(`${main} ${args.slice(-4).join(" ")} ${why}:\n${text.slice(0, 2000)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  #started(): Running {
    if (this.#running !== null) return this.#running;
    const child = new Deno.Command("java", {
      args: [...JVM, "-cp", this.#classPath, "Driver"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    endWithUs(child);
    this.#left = "";
    const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    return this.#running = { child, answers };
  }

  async #line(): Promise<string | null> {
    while (true) {
      const end = this.#left.indexOf("\n");
      if (end >= 0) {
        const line = this.#left.slice(0, end);
        this.#left = this.#left.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#running!.answers.read();
      if (done) return null;
      this.#left += value;
    }
  }

  /** Ends it; a later run begins a new one. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    try {
      running.child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await running.child.status;
  }
}
