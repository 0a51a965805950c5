/** Bytes, times and structures as people read them. */

import { textOf } from "../../../core/bytes.ts";

/** How many bytes of something that is not text are shown. */
const SHOWN_BYTES = 32;

/** Bytes in one line: quoted text, or else their number and the first of them in hexadecimal digits. */
export function shownBytes(bytes: Uint8Array | null): string {
  if (bytes === null) return "null";
  const text = textOf(bytes);
  // deno-lint-ignore no-control-regex
  if (text !== null && !/[\0-\x08\x0e-\x1f\x7f]/.test(text)) return JSON.stringify(text);
  const hex = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, "0"));
  return `<${bytes.length} bytes ${hex.join("")}${bytes.length > SHOWN_BYTES ? "…" : ""}>`;
}

/** A timestamp in Unix milliseconds; -1 and what is no date stay numbers. */
export function shownTime(timestampMs: number): string {
  const date = new Date(timestampMs);
  return timestampMs < 0 || Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString();
}

/** A decoded structure in one line, such as `(group: "g", partitions: [1, 2])`. */
export function shownValue(value: unknown): string {
  if (value instanceof Uint8Array) return shownBytes(value);
  if (Array.isArray(value)) return `[${value.map(shownValue).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `(${Object.entries(value).map(([name, field]) => `${name}: ${shownValue(field)}`).join(", ")})`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** `line` in at most `width` characters. */
export function fitted(line: string, width: number): string {
  if (line.length <= width) return line;
  // Half of a surrogate pair would be shown as something else.
  const end = /[\ud800-\udbff]/.test(line[width - 2] ?? "") ? width - 2 : width - 1;
  return `${line.slice(0, end)}…`;
}
