/** Copies of small writes, many in one piece of memory: an allocation for each would cost more than the copy. */

const CHUNK_BYTES = 64 * 1024;
/** What is larger gets memory of its own. */
const MAX_SHARED_BYTES = 4096;

let chunk = new Uint8Array(CHUNK_BYTES);
let used = 0;

/** A copy of `bytes` from `from` to `to`. */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const length = to - from;
  if (length > MAX_SHARED_BYTES) return bytes.slice(from, to);
  if (used + length > CHUNK_BYTES) {
    chunk = new Uint8Array(CHUNK_BYTES);
    used = 0;
  }
  const copy = chunk.subarray(used, used += length);
  copy.set(bytes.subarray(from, to));
  return copy;
}
