/** LZ4 and Zstandard are little-endian, unlike everything else in Kafka. */

/** The unsigned 32-bit number at `at`; the caller has checked that it is there. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** The unsigned 64-bit number at `at`, inexact beyond 2^53-1: enough to compare it with a limit. */
export function uint64At(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at) + uint32At(bytes, at + 4) * 4294967296;
}

/** Writes the low 32 bits of `value` at `at`. */
export function setUint32At(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
