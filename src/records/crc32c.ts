/** CRC32C (Castagnoli), the checksum of record batches: reflected polynomial 0x82F63B78, as in RFC 3720. */

const POLYNOMIAL = 0x82f63b78;

/** tables[n * 256 + byte] is the checksum of `byte` followed by n zero bytes. */
function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
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
  return ~updateInScript(~crc, bytes, from, to) >>> 0;
}

function updateInScript(start: number, bytes: Uint8Array, from: number, to: number): number {
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
}
