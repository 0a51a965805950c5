/** Records as JSON objects, in the form that `sluice consume --format json` prints. */

import type { ProducerRecord } from "../../client/producer/options.ts";
import { fromBase64 } from "../../core/base64.ts";
import { encodeUtf8 } from "../../core/bytes.ts";
import { parseExact } from "../../core/exact_json.ts";
import { messageOf, UsageError } from "../../core/errors.ts";

type Headers = NonNullable<ProducerRecord["headers"]>;

/** Fields that consume prints and produce has no use for. */
const ignored: ReadonlySet<string> = new Set(["topic", "offset"]);
const known: ReadonlySet<string> = new Set([
  ...["key", "keyBase64", "value", "valueBase64", "headers", "partition", "timestamp"],
  ...ignored,
]);

/** The record that a JSON text says. Throws {@link UsageError} with what is wrong. */
export function jsonRecord(text: string): ProducerRecord & { readonly headers: Headers } {
  let parsed: unknown;
  try {
    parsed = parseExact(text);
  } catch (error) {
    throw new UsageError(`it is not JSON: ${messageOf(error)}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new UsageError(`wanted an object such as {"key":"a","value":"b"}`);
  }
  const fields = parsed as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields)) {
    if (!known.has(name)) throw new UsageError(`"${name}" is not a field of a record; wanted ${wanted()}`);
  }
  if (!("value" in fields) && !("valueBase64" in fields)) {
    throw new UsageError(`wanted a "value"; null is a tombstone`);
  }
  const partition = wholeNumber(fields, "partition");
  const timestamp = timestampOf(fields["timestamp"]);
  return {
    key: bytesOf(fields, "key"),
    value: bytesOf(fields, "value"),
    headers: headersOf(fields["headers"]),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function wanted(): string {
  return [...known].filter((name) => !ignored.has(name)).join(", ");
}

/** Text as UTF-8; anything else that JSON has, as JSON. */
function bytesOf(fields: Readonly<Record<string, unknown>>, name: "key" | "value"): Uint8Array | null {
  const base64 = fields[`${name}Base64`];
  if (base64 !== undefined) return base64Bytes(`${name}Base64`, base64);
  const value = fields[name];
  if (value === undefined || value === null) return null;
  return encodeUtf8(typeof value === "string" ? value : JSON.stringify(value));
}

function base64Bytes(name: string, text: unknown): Uint8Array {
  const bytes = typeof text === "string" ? fromBase64(text) : null;
  if (bytes === null) throw new UsageError(`"${name}": wanted base64 text`);
  return bytes;
}

function wholeNumber(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`"${name}": wanted a whole number from 0`);
}

function timestampOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === "string" ? Date.parse(value) : value;
  if (typeof ms === "number" && Number.isSafeInteger(ms)) return ms;
  throw new UsageError(`"timestamp": wanted milliseconds since 1970 or a time such as 2026-01-31T12:00:00Z`);
}

/** Either an object, or a list of objects with key and value: a key may be there twice. */
function headersOf(value: unknown): Headers {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(headerOf);
  if (typeof value === "object") {
    return Object.entries(value).map(([key, text]) => headerOf({ key, value: text }));
  }
  throw new UsageError(`"headers": wanted an object, or a list of objects with key and value`);
}

function headerOf(value: unknown): Headers[number] {
  const fields = value as Readonly<Record<string, unknown>> | null;
  const key = typeof fields === "object" && fields !== null ? fields["key"] : undefined;
  if (typeof key !== "string") throw new UsageError(`"headers": wanted a key that is text`);
  return { key, value: bytesOf(fields!, "value") };
}
