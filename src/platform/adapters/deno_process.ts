/** The process in Deno. */

import process from "node:process";
import { assert } from "../../core/assert.ts";
import { BrokenPipeError, type InputStream, type OutputStream, type Process } from "../process.ts";
import { startDenoAgain } from "./deno_child.ts";

const stdin: InputStream = {
  isTerminal: Deno.stdin.isTerminal(),
  async read(target) {
    assert(target.length > 0, "a read needs room for at least one byte");
    return await Deno.stdin.read(target) ?? 0;
  },
};

/** Writes to one of the process's streams, one call after the other. */
class DenoOutput implements OutputStream {
  readonly isTerminal: boolean;
  readonly #stream: typeof Deno.stdout;
  #last: Promise<void> = Promise.resolve();

  constructor(stream: typeof Deno.stdout) {
    this.#stream = stream;
    this.isTerminal = stream.isTerminal();
  }

  columns(): number | null {
    try {
      return this.isTerminal ? Deno.consoleSize().columns : null;
    } catch {
      return null;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    const mine = this.#last.then(() => this.#writeAll(bytes));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) done += await this.#stream.write(bytes.subarray(done));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw new BrokenPipeError("write: nobody reads any more");
      throw error;
    }
  }

  writeNow(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length;) done += this.#stream.writeSync(bytes.subarray(done));
    } catch {
      // There is nowhere left to say so.
    }
  }
}

function onUncaught(handler: (error: unknown) => void): void {
  addEventListener("error", (event) => {
    event.preventDefault();
    handler(event.error);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    handler(event.reason);
  });
}

/** The process as Deno gives it. */
export function denoProcess(): Process {
  return {
    args: Deno.args,
    pid: Deno.pid,
    stdin,
    stdout: new DenoOutput(Deno.stdout),
    stderr: new DenoOutput(Deno.stderr),
    env: (name) => Deno.env.get(name),
    environment: () => Deno.env.toObject(),
    exit: (code) => Deno.exit(code),
    onSignal(signal, handler) {
      Deno.addSignalListener(signal, handler);
      return () => Deno.removeSignalListener(signal, handler);
    },
    onUncaught,
    startAgain: startDenoAgain,
    hostName: () => Deno.hostname(),
    makeTemporaryDirectory: (prefix) => Deno.makeTempDirSync({ prefix }),
    memory() {
      const { rss, heapUsed, heapTotal, external } = Deno.memoryUsage();
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
  };
}
