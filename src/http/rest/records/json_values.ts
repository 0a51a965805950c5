/**
 * Bytes as JSON says them, in the same form as `sluice produce` and `sluice consume` with `--format json`: a text is
 * its UTF-8 bytes, anything else is its JSON text, and bytes that are no text are base64 under another name.
 */

import type { Json } from "../schema.ts";
import { InvalidValue } from "../schema.ts";
import { parseExact } from "../../../core/exact_json.ts";
import { decodeUtf8, encodeUtf8 } from "../../../core/bytes.ts";

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
    return fromBase64(`${name}Base64`, base64);
  }
  if (value === undefined || value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // Escapes of JSON can say what UTF-8 cannot.
  if (!text.isWellFormed()) throw new InvalidValue("holds half of a surrogate pair").inside(name);
  return encodeUtf8(text);
}

function fromBase64(name: string, text: string): Uint8Array {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
    return bytes;
  } catch {
    throw new InvalidValue("is not base64").inside(name);
  }
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

/** The text that the bytes are in UTF-8, or null when they are something else. */
export function textOf(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes, 0, bytes.length);
  return !text.includes("\uFFFD") || isSame(encodeUtf8(text), bytes) ? text : null;
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

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

const CHUNK_BYTES = 8192;

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(binary);
}
