/**
 * Bytes as JSON says them, in the same form as `sluice produce` and `sluice consume` with `--format json`: a text is
 * its UTF-8 bytes, anything else is its JSON text, and bytes that are no text are base64 under another name.
 */

import type { Json } from "../schema.ts";
import { InvalidValue } from "../schema.ts";
import { parseExact } from "../../../core/exact_json.ts";
import { fromBase64, toBase64 } from "../../../core/base64.ts";
import { encodeUtf8, textOf } from "../../../core/bytes.ts";

/** How bytes are shown: as text where they are UTF-8, as JSON where they are that too, or always as base64. */
export const valueFormats = ["text", "json", "base64"] as const;
export type ValueFormat = (typeof valueFormats)[number];

/** The bytes that a field and its twin for base64 say; null when both are left out or null. */
export function bytesOf(
  name: string,
  value: Json | undefined,
  base64: string | undefined,
): Uint8Array | null {
  if (base64 !== undefined) {
    if (value !== undefined) {
      throw new InvalidValue(`is there beside ${name}Base64; wanted one of them`).inside(name);
    }
    return base64Bytes(`${name}Base64`, base64);
  }
  if (value === undefined || value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // Escapes of JSON can say what UTF-8 cannot.
  if (!text.isWellFormed()) throw new InvalidValue("holds half of a surrogate pair").inside(name);
  return encodeUtf8(text);
}

function base64Bytes(name: string, text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (bytes === null) throw new InvalidValue("is not base64").inside(name);
  return bytes;
}

/** Bytes as the field `name`, or as its twin when they are no text. */
export function shownBytes(
  name: string,
  bytes: Uint8Array | null,
  format: ValueFormat,
): { readonly [field: string]: Json } {
  if (bytes === null) return { [name]: null };
  const text = format === "base64" ? null : textOf(bytes);
  if (text === null) return { [`${name}Base64`]: toBase64(bytes) };
  return { [name]: format === "json" ? jsonOf(text) : text };
}

function jsonOf(text: string): Json {
  // Most texts are not JSON, and throwing is slow.
  if (!/^\s*[[{"\d\-tfn]/.test(text)) return text;
  try {
    return parseExact(text) as Json;
  } catch {
    return text;
  }
}
