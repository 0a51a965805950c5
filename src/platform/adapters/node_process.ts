/** The process in Bun and Node. */

import * as fs from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isatty, type ReadStream, type WriteStream } from "node:tty";
import { BrokenPipeError, type InputStream, type OutputStream, type Process } from "../process.ts";
import { codePagesRelease } from "./code_pages.ts";
import { startNodeAgain } from "./node_child.ts";
import { ReadableSource } from "./readable_source.ts";

/** Standard input, which is not touched before somebody reads: opening it would keep the process alive. */
class NodeInput implements InputStream {
  readonly isTerminal: boolean;
  readonly #stream: () => ReadStream;
  #source: ReadableSource | null = null;

  constructor(isTerminal: boolean, stream: () => ReadStream) {
    this.isTerminal = isTerminal;
    this.#stream = stream;
  }

  async read(target: Uint8Array): Promise<number> {
    this.#source ??= new ReadableSource(this.#stream());
    const length = await this.#source.read(target);
    if (length === -1 && this.#source.failure !== null) throw this.#source.failure;
    return Math.max(length, 0);
  }
}

class NodeOutput implements OutputStream {
  readonly isTerminal: boolean;
  readonly #stream: WriteStream;
  readonly #descriptor: number;

  constructor(stream: WriteStream, descriptor: number) {
    this.#stream = stream;
    this.#descriptor = descriptor;
    this.isTerminal = stream.isTTY === true;
    // Each write reports its own failure; without a listener the first would end the process.
    stream.on("error", () => {});
  }

  columns(): number | null {
    return this.isTerminal ? this.#stream.columns ?? null : null;
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => error ? reject(writeError(error)) : resolve());
    });
  }

  writeNow(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) done += fs.writeSync(this.#descriptor, bytes, done);
    } catch {
      // There is nowhere left to say so.
    }
  }
}

function writeError(error: Error): Error {
  const gone = ["EPIPE", "ERR_STREAM_DESTROYED"].includes(String((error as { code?: unknown }).code));
  return gone ? new BrokenPipeError("write: nobody reads any more") : error;
}

/** The process as Bun or Node gives it. */
export function nodeProcess(): Process {
  return {
    args: process.argv.slice(2),
    pid: process.pid,
    stdin: new NodeInput(isatty(0), () => process.stdin),
    stdout: new NodeOutput(process.stdout, 1),
    stderr: new NodeOutput(process.stderr, 2),
    env: (name) => process.env[name],
    environment: () => ({ ...process.env as Record<string, string> }),
    exit: (code) => process.exit(code),
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => process.off(signal, handler);
    },
    onUncaught(handler) {
      process.on("uncaughtException", handler);
      process.on("unhandledRejection", handler);
    },
    startAgain: startNodeAgain,
    hostName: hostname,
    makeTemporaryDirectory: (prefix) => fs.mkdtempSync(join(tmpdir(), prefix)),
    memory() {
      const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
      return {
        residentBytes: rss,
        heapUsedBytes: heapUsed,
        heapTotalBytes: heapTotal,
        externalBytes: external,
      };
    },
    cpu() {
      const { user, system } = process.cpuUsage();
      return { userMs: user / 1000, systemMs: system / 1000 };
    },
    codeRelease: codePagesRelease,
  };
}
