/** Reads the bodies of requests: no more than is allowed, no longer than it should take. */

import { messageOf } from "../../core/errors.ts";
import type { Clock, Timer, Timers } from "../../platform/platform.ts";
import { BodyTooLargeError } from "../gate.ts";
import { parseExact } from "../../core/exact_json.ts";
import { Problem } from "./problem.ts";

/** How long a sender may take for a body, in milliseconds. */
const SLOWEST_MS = 10_000;
/** How often it is looked for senders that take longer, in milliseconds. */
const LOOK_MS = 1_000;

/** The media type of a request without its parameters, in small letters. */
export function contentTypeOf(request: Request): string {
  const type = request.headers.get("content-type");
  if (type === null) return "";
  const end = type.indexOf(";");
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

interface Waiting {
  readonly sinceMs: number;
  readonly reject: (problem: Problem) => void;
}

/**
 * Reads bodies as text. One timer looks after all senders that are slow, because a timer for each would cost more than
 * most bodies.
 */
export class BodyReader {
  readonly #parts: { readonly clock: Clock; readonly timers: Timers };
  /** The longest waiting first. */
  readonly #waiting = new Set<Waiting>();
  #timer: Timer | null = null;

  constructor(parts: { readonly clock: Clock; readonly timers: Timers }) {
    this.#parts = parts;
  }

  /** The body of a request. Throws a {@link Problem}: 413 when it is too large, 400 when it breaks off or is late. */
  async read(request: Request, maxBytes: number): Promise<string> {
    const length = request.headers.get("content-length");
    if (length !== null && Number(length) > maxBytes) throw tooLarge(maxBytes);
    let bytes;
    try {
      bytes = await this.#inTime(length === null ? readBounded(request, maxBytes) : request.arrayBuffer());
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (error instanceof BodyTooLargeError) throw new Problem(413, error.message);
      throw new Problem(400, `the body broke off: ${messageOf(error)}`);
    }
    return decode(bytes);
  }

  /** Forgets who waits. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting.clear();
  }

  #inTime(body: Promise<Bytes>): Promise<Bytes> {
    return new Promise((resolve, reject) => {
      const one: Waiting = { sinceMs: this.#parts.clock.monotonicMs(), reject };
      this.#waiting.add(one);
      if (this.#timer === null) this.#look();
      body.then((bytes) => {
        this.#waiting.delete(one);
        resolve(bytes);
      }, (error) => {
        this.#waiting.delete(one);
        reject(error);
      });
    });
  }

  #look(): void {
    this.#timer = null;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const one of this.#waiting) {
      if (nowMs - one.sinceMs < SLOWEST_MS) break;
      this.#waiting.delete(one);
      one.reject(new Problem(400, `the body did not come within ${SLOWEST_MS} ms`));
    }
    if (this.#waiting.size > 0) this.#timer = this.#parts.timers.after(LOOK_MS, () => this.#look());
  }
}

type Bytes = ArrayBuffer | Uint8Array<ArrayBuffer>;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What is not UTF-8 is refused: replacing what is wrong would store something else than what was sent. */
function decode(bytes: Bytes): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem(400, "the body is not UTF-8");
  }
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, `the body is larger than ${maxBytes} bytes`);
}

/** A body that did not say how long it is. */
async function readBounded({ body }: Request, maxBytes: number): Promise<Bytes> {
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.length;
    if (bytes > maxBytes) {
      reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    parts.push(part.value);
  }
  return await new Blob(parts).arrayBuffer();
}

/** A JSON text as a value. */
export function parseJson(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    throw new Problem(400, `the body is not JSON: ${messageOf(error)}`);
  }
}
