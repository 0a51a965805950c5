/** Members of a group as processes of their own, each on another client, which can be killed with -9. */

import type { MemberLine, MemberSettings } from "./settings.ts";

/** A record that a member has shown. */
export interface Delivery {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** A program that reads as a member of a group. */
export interface MemberProgram {
  readonly name: string;
  readonly assignors: readonly string[];
  /** The command line; null when the client is not installed. */
  command(settings: MemberSettings): Promise<readonly string[] | null>;
}

const running = new Set<Deno.ChildProcess>();
globalThis.addEventListener("unload", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class Member {
  /** Its client id, which no other member has. */
  readonly name: string;
  /** What it has shown, in its order. */
  readonly deliveries: Delivery[] = [];
  stderr = "";
  hasEnded = false;
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<unknown>;

  constructor(settings: MemberSettings, words: readonly string[]) {
    this.name = settings.clientId;
    const [command = "", ...args] = words;
    this.#child = new Deno.Command(command, { args, stdin: "null", stdout: "piped", stderr: "piped" })
      .spawn();
    running.add(this.#child);
    this.#output = Promise.all([
      eachLine(this.#child.stdout, (line) => this.#take(line)),
      eachLine(this.#child.stderr, (line) => this.stderr += line + "\n"),
      this.#child.status.then(() => {
        running.delete(this.#child);
        this.hasEnded = true;
      }),
    ]);
  }

  #take(line: string): void {
    if (!line.startsWith("{")) return;
    const { record: [partition, offset, value] }: MemberLine = JSON.parse(line);
    this.deliveries.push({ partition, offset, value });
  }

  /** Ends it as a crash does. Everything it had written has been read when this resolves. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Has it leave the group the clean way; after `patienceMs` it is killed. Resolves with whether it left. */
  async leave(patienceMs = 10_000): Promise<boolean> {
    let left = true;
    const timer = setTimeout(() => {
      left = false;
      this.#signal("SIGKILL");
    }, patienceMs);
    await this.#end("SIGTERM");
    clearTimeout(timer);
    return left;
  }

  async #end(signal: Deno.Signal): Promise<void> {
    this.#signal(signal);
    await this.#output;
  }

  #signal(signal: Deno.Signal): void {
    if (!this.hasEnded) this.#child.kill(signal);
  }
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) {
    const lines = (rest + (text as string)).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
}
