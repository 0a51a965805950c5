/** Reads the body of a request: no more than is allowed, no longer than it should take. */

import type { Timers } from "../../platform/platform.ts";
import { messageOf } from "../../core/errors.ts";
import { BodyTooLargeError } from "../gate.ts";
import { Problem } from "./problem.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  readonly timers: Timers;
}

/** How long a sender may take for a body that is not there at once, in milliseconds. */
const SLOWEST_MS = 10_000;
/** Bodies of up to this size cost so little to wait for that no clock runs. */
const SMALL_BYTES = 16_384;

/** The media type of a request without its parameters, in small letters. */
export function contentTypeOf(request: Request): string {
  const type = request.headers.get("content-type");
  if (type === null) return "";
  const end = type.indexOf(";");
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

/** The body as text. Throws a {@link Problem}: 413, 400 for one that breaks off or is not UTF-8, 408 becomes 400. */
export function readText(request: Request, limits: BodyLimits): Promise<string> {
  const length = request.headers.get("content-length");
  if (length === null) return readBounded(request, limits);
  if (Number(length) > limits.maxBytes) return Promise.reject(tooLarge(limits.maxBytes));
  return Number(length) <= SMALL_BYTES ? request.text() : readBounded(request, limits);
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, `the body is larger than ${maxBytes} bytes`);
}

async function readBounded({ body }: Request, { maxBytes, timers }: BodyLimits): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let isLate = false;
  const timer = timers.after(SLOWEST_MS, () => {
    isLate = true;
    reader.cancel().catch(() => {});
  });
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length;
      if (bytes > maxBytes) {
        reader.cancel().catch(() => {});
        throw tooLarge(maxBytes);
      }
      parts.push(part.value);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof BodyTooLargeError) throw new Problem(413, error.message);
    throw new Problem(400, `the body broke off: ${messageOf(error)}`);
  } finally {
    timer.cancel();
  }
  if (isLate) throw new Problem(400, `the body did not come within ${SLOWEST_MS} ms`);
  return decode(parts, bytes);
}

function decode(parts: readonly Uint8Array[], bytes: number): string {
  const whole = parts.length === 1 ? parts[0]! : joined(parts, bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(whole);
  } catch {
    throw new Problem(400, "the body is not UTF-8");
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A JSON text as a value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `the body is not JSON: ${messageOf(error)}`);
  }
}
