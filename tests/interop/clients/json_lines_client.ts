/**
 * A client in a process of its own that takes one JSON object a line on stdin, `{"do": NAME, ...}`, and answers each
 * with one line, `{"ok": RESULT}` or `{"error": TEXT}`. Its first line is `{"operations": [...], "codecs": [...]}`.
 * One process serves many tests, for these runtimes are slow to start. Bytes travel as base64.
 */

import { Buffer } from "node:buffer";
import type { AdminOperations, ConsumeTarget, InteropClient, ReadRecord, SentRecord } from "./client.ts";
import { lossless, type ProduceTarget } from "./client.ts";

interface JsonRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: [string, string | null][];
  readonly timestamp: number;
}

function encode(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("base64");
}

function decode(text: string | null): Uint8Array | null {
  return text === null ? null : new Uint8Array(Buffer.from(text, "base64"));
}

function toJson({ key, value, headers, timestamp }: SentRecord): JsonRecord {
  return {
    key: encode(key),
    value: encode(value),
    headers: headers.map(([name, bytes]) => [name, encode(bytes)]),
    timestamp,
  };
}

function fromJson(record: JsonRecord & { offset: number }): ReadRecord {
  const { key, value, headers, timestamp, offset } = record;
  return {
    offset,
    timestamp,
    key: decode(key),
    value: decode(value),
    headers: headers.map(([name, text]) => [name, decode(text)]),
  };
}

/** The process and the lines to and from it. */
class JsonLines {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;
  readonly #errors: Promise<string>;

  constructor(command: string, args: readonly string[]) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.#errors = new Response(this.#child.stderr).text();
  }

  async receive<T>(): Promise<T> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 90_000);
    try {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the client ended:\n${await this.#errors}`);
      return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
  }

  async ask(words: Record<string, unknown>): Promise<unknown> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(words) + "\n"));
    const answer = await this.receive<{ ok?: unknown; error?: string }>();
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.ok;
  }

  /** Ends the process: with its input if it listens, by force if it does not. */
  async close(): Promise<void> {
    await this.#input.close().catch(() => {});
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.#child.status;
    clearTimeout(timer);
    await this.#lines.return(undefined);
    await this.#errors;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

/** Starts such a client. */
export async function startJsonLinesClient(
  name: string,
  command: string,
  args: readonly string[],
): Promise<InteropClient> {
  const lines = new JsonLines(command, args);
  const hello = await lines.receive<{ operations: string[]; codecs: InteropClient["codecs"] }>();
  const admin: Record<string, (args: object) => Promise<unknown>> = {};
  for (const operation of hello.operations) {
    admin[operation] = (args) => lines.ask({ do: operation, ...args });
  }
  return {
    ...lossless,
    name,
    codecs: hello.codecs,
    admin: admin as Partial<AdminOperations>,
    async produce(target: ProduceTarget, records: readonly SentRecord[]): Promise<number | null> {
      return await lines.ask({ do: "produce", ...target, records: records.map(toJson) }) as number | null;
    },
    async consume(target: ConsumeTarget): Promise<ReadRecord[]> {
      const records = await lines.ask({ do: "consume", ...target });
      return (records as (JsonRecord & { offset: number })[]).map(fromJson);
    },
    [Symbol.asyncDispose]: () => lines.close(),
  };
}
