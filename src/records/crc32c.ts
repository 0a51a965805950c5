/**
 * CRC32C (Castagnoli), the checksum of record batches: reflected polynomial 0x82F63B78, as in RFC 3720.
 *
 * Long inputs go through WebAssembly (scripts/build_crc32c.ts says how it works); short ones, for which copying them
 * there costs more than it saves, and all of them where WebAssembly cannot be had, go through look-up tables here.
 */

import { BUFFER_AT, CHUNK_BYTES, WASM_BASE64 } from "./crc32c_wasm.ts";

const POLYNOMIAL = 0x82f63b78;
/** Below this many bytes the tables here are faster, by measurement. */
const WASM_FROM_BYTES = 192;
/** How many bytes of long inputs the tables take before the module is loaded. */
const LOAD_FROM_BYTES = 262144;
const TABLE_COUNT = 16;

/** tables[n * 256 + byte] is the checksum of `byte` followed by n zero bytes. */
function makeTables(): Int32Array {
  const tables = new Int32Array(TABLE_COUNT * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = 256; index < tables.length; index++) {
    const previous = tables[index - 256]!;
    tables[index] = tables[previous & 255]! ^ (previous >>> 8);
  }
  return tables;
}

const tables = makeTables();

/** The CRC32C of `bytes` from `from` to `to`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  return extendCrc32c(0, bytes, from, to);
}

/** The CRC32C of some bytes whose checksum is `crc` followed by `bytes` from `from` to `to`. */
export function extendCrc32c(crc: number, bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  const update = to - from < WASM_FROM_BYTES ? updateByTables : updateLong;
  return ~update(~crc, bytes, from, to) >>> 0;
}

/** Takes the inverted checksum so far and gives the one that includes the range. */
type Update = (start: number, bytes: Uint8Array, from: number, to: number) => number;

/** Slicing by eight. Exported for tests. */
export const updateByTables: Update = (start, bytes, from, to) => {
  let crc = start;
  let at = from;
  for (const last = to - 8; at <= last; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc = tables[1792 + (crc & 255)]! ^ tables[1536 + ((crc >>> 8) & 255)]! ^
      tables[1280 + ((crc >>> 16) & 255)]! ^ tables[1024 + (crc >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^ tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^ tables[bytes[at + 7]!]!;
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 255]!;
  return crc;
};

let bytesByTables = 0;

/**
 * Loads the module once there have been enough long inputs to earn the milliseconds that takes, which a cold start
 * does not have; falls back to the tables for good when that fails.
 */
let updateLong: Update = (start, bytes, from, to) => {
  bytesByTables += to - from;
  if (bytesByTables < LOAD_FROM_BYTES) return updateByTables(start, bytes, from, to);
  try {
    updateLong = loadWasm();
  } catch {
    updateLong = updateByTables;
  }
  return updateLong(start, bytes, from, to);
};

/** Instantiates the module; throws where the engine does not run it. Exported for tests. */
export function loadWasm(): Update {
  const module = new WebAssembly.Module(Uint8Array.from(atob(WASM_BASE64), (char) => char.charCodeAt(0)));
  const { memory, update } = new WebAssembly.Instance(module).exports as {
    memory: WebAssembly.Memory;
    update: (crc: number, length: number) => number;
  };
  new Int32Array(memory.buffer, 0, tables.length).set(tables);
  const buffer = new Uint8Array(memory.buffer, BUFFER_AT, CHUNK_BYTES);
  return (start, bytes, from, to) => {
    let crc = start;
    for (let at = from; at < to; at += CHUNK_BYTES) {
      const end = Math.min(to, at + CHUNK_BYTES);
      buffer.set(bytes.subarray(at, end));
      crc = update(crc, end - at);
    }
    return crc;
  };
}
