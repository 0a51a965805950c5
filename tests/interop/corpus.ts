/** The records that every client sends and every other client must read. */

import { Prng } from "../../src/core/prng.ts";
import type { SentRecord } from "./clients/client.ts";

const encoder = new TextEncoder();

function record(
  key: string | Uint8Array | null,
  value: string | Uint8Array | null,
  headers: readonly (readonly [string, string | Uint8Array | null])[] = [],
): Omit<SentRecord, "timestamp"> {
  const bytes = (part: string | Uint8Array | null) => typeof part === "string" ? encoder.encode(part) : part;
  return {
    key: bytes(key),
    value: bytes(value),
    headers: headers.map(([name, part]) => [name, bytes(part)] as const),
  };
}

/** Bytes that no codec makes smaller. */
function noise(length: number): Uint8Array {
  return new Prng(length).bytes(length);
}

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
/** Not UTF-8, and not the end of a C string only. */
const notText = Uint8Array.of(0xff, 0xfe, 0x80, 0, 1);
const repetitive = encoder.encode("the same words again and again; ".repeat(9000));

const records = [
  record(null, "without a key"),
  record("key", "with a key"),
  record("key", null),
  record("héhé ключ 鍵", "naïve wert 値 🙂"),
  record(everyByte, everyByte),
  record("", ""),
  record("headers", "one header", [["trace", "abc-123"]]),
  record("headers", "two of one name", [["a", "1"], ["a", "2"], ["b", "3"]]),
  record("headers", "names apart, null and bytes", [["a", "1"], ["b", null], ["a", notText], ["c", ""]]),
  record("repetitive", repetitive),
  record("noise", noise(300_000)),
  record(null, "the last"),
];

/** The records, a second apart, the last at `endMs`. */
export function corpus(endMs: number): SentRecord[] {
  return records.map((one, index) => ({ ...one, timestamp: endMs - (records.length - 1 - index) * 1000 }));
}
