/** Kafka's 128-bit ids: 16 bytes on the wire, base64url without padding in text. */

import { DecodeError } from "./errors.ts";
import type { Uuid } from "./ids.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const valueOf = new Int8Array(128).fill(-1);
for (let index = 0; index < alphabet.length; index++) valueOf[alphabet.charCodeAt(index)] = index;

/** The all-zero id, which means "none". */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA" as Uuid;
/** The id of `__cluster_metadata` (KIP-516: fixed, never drawn). */
export const METADATA_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAQ" as Uuid;

/** Reads 16 bytes at `at` as an id. */
export function uuidFromBytes(bytes: Uint8Array, at = 0): Uuid {
  let text = "";
  let accumulator = 0;
  let bits = 0;
  for (let index = 0; index < 16; index++) {
    accumulator = (accumulator << 8) | (bytes[at + index] ?? 0);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += alphabet[(accumulator >> bits) & 63];
    }
    accumulator &= (1 << bits) - 1;
  }
  return (text + alphabet[(accumulator << (6 - bits)) & 63]) as Uuid;
}

/** Writes `uuid` as 16 bytes at `at`. */
export function writeUuid(uuid: string, target: Uint8Array, at = 0): void {
  let accumulator = 0;
  let bits = 0;
  let position = at;
  for (let index = 0; index < 22; index++) {
    accumulator = (accumulator << 6) | (valueOf[uuid.charCodeAt(index)] ?? 0);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      target[position++] = (accumulator >> bits) & 255;
      accumulator &= (1 << bits) - 1;
    }
  }
}

/** Marks 16 random bytes, in place, as a random UUID (RFC 9562, version 4). */
function asVersion4(bytes: Uint8Array): Uint8Array {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/** A random UUID in its 36-character form, as Java prints it: Kafka puts one into member ids. */
export function javaUuidFromRandom(randomBytes: (length: number) => Uint8Array): string {
  const hex = Array.from(asVersion4(randomBytes(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parts.join("-");
}

/** Makes an id from 16 random bytes; never one of Kafka's reserved ids and never one that starts with "-". */
export function uuidFromRandom(randomBytes: (length: number) => Uint8Array): Uuid {
  while (true) {
    const uuid = uuidFromBytes(asVersion4(randomBytes(16)));
    if (!uuid.startsWith("-")) return uuid;
  }
}

/** Parses the text form; throws {@link DecodeError} when it is not one. */
export function parseUuid(text: string): Uuid {
  if (!/^[A-Za-z0-9_-]{22}$/.test(text)) {
    throw new DecodeError(`parse uuid "${text}": wanted 22 characters of base64url`);
  }
  // The last character has four bits too many: other texts of the same id must not count as another id.
  const bytes = new Uint8Array(16);
  writeUuid(text, bytes);
  return uuidFromBytes(bytes);
}
