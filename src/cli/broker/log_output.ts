/** Writes what a node says to operators: one line each, as text or JSON. */

import { encodeUtf8 } from "../../core/bytes.ts";
import type { LogFields, Logger } from "../../core/logger.ts";
import type { Clock } from "../../platform/platform.ts";
import type { OutputStream } from "../../platform/process.ts";

/** From the least to the most severe. */
const levels = ["trace", "debug", "info", "warning", "error"] as const;
export type LogLevel = (typeof levels)[number];

export interface LogOutputOptions {
  readonly stream: OutputStream;
  readonly clock: Clock;
  readonly level: LogLevel;
  readonly format: "text" | "json";
}

/** Lines that may wait for a slow reader, in bytes; later ones are dropped and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Formats lines and writes them in order, without ever waiting for a reader or growing without bound. */
export class LogOutput {
  readonly logger: Logger;
  readonly #options: LogOutputOptions;
  readonly #least: number;
  #waitingBytes = 0;
  #dropped = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(options: LogOutputOptions) {
    this.#options = options;
    this.#least = levels.indexOf(options.level);
    this.logger = this.#loggerWith({});
  }

  /** Resolves when everything said so far is written. */
  flush(): Promise<void> {
    return this.#last;
  }

  #loggerWith(fixed: LogFields): Logger {
    const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (levels.indexOf(level) >= this.#least) this.#write(level, message, { ...fixed, ...fields });
    };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warning"),
      error: at("error"),
      with: (fields) => this.#loggerWith({ ...fixed, ...fields }),
    };
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      const lines = this.#dropped;
      this.#dropped = 0;
      this.#send("warning", "dropped messages that nobody read in time", { lines });
    }
    this.#send(level, message, fields);
  }

  #send(level: LogLevel, message: string, fields: LogFields): void {
    const { stream, clock, format } = this.#options;
    const time = new Date(clock.wallMs()).toISOString();
    const line = format === "json"
      ? JSON.stringify({ time, level, message, ...fields })
      : textLine(time, level, message, fields);
    const bytes = encodeUtf8(`${line}\n`);
    this.#waitingBytes += bytes.length;
    const written = () => {
      this.#waitingBytes -= bytes.length;
    };
    this.#last = stream.write(bytes).then(written, written);
  }
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  let line = `${time} ${level.toUpperCase().padEnd(7)} ${message}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    line += ` ${name}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`;
  }
  return line;
}
