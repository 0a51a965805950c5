/** What the LZ77 formats (snappy, LZ4) share. */

/** Below this, a loop copies faster than a call. */
const LOOP_BYTES = 32;

/** Copies `length` bytes from `source` at `from` to `target` at `to`. The caller has checked both ranges. */
export function copyLiteral(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  length: number,
): void {
  if (length > LOOP_BYTES) {
    target.set(source.subarray(from, from + length), to);
    return;
  }
  for (let index = 0; index < length; index++) target[to + index] = source[from + index]!;
}

/**
 * Repeats `length` bytes that begin `distance` before `to`, which may overlap what is written: a distance of 1 fills.
 * The caller has checked 1 <= distance <= to.
 */
export function copyMatch(target: Uint8Array, to: number, distance: number, length: number): void {
  if (length <= LOOP_BYTES) {
    for (let index = to, from = to - distance; index < to + length; index++) target[index] = target[from++]!;
    return;
  }
  // Each copy doubles how much of the pattern is there.
  let copied = 0;
  let available = distance;
  while (copied < length) {
    const step = Math.min(available, length - copied);
    target.copyWithin(to + copied, to - distance, to - distance + step);
    copied += step;
    available += step;
  }
}

/** Four bytes at `at`, as a key that is equal for equal bytes. */
export function fourBytes(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** How many bytes from `a` and from `b` on are equal, where `b` stops at `end`. */
export function matchLength(bytes: Uint8Array, a: number, b: number, end: number): number {
  let length = 0;
  while (b + length < end && bytes[a + length] === bytes[b + length]) length++;
  return length;
}

/** The most positions that a {@link positionTable} can hold. */
const MAX_TABLE_BITS = 14;
const table = new Int32Array(1 << MAX_TABLE_BITS);

/** The table from hashes of four bytes to where they were last seen, cleared; its size suits `inputBytes`. */
export function positionTable(inputBytes: number): { readonly table: Int32Array; readonly shift: number } {
  let bits = 8;
  while (bits < MAX_TABLE_BITS && 1 << bits < inputBytes) bits++;
  table.fill(-1, 0, 1 << bits);
  return { table, shift: 32 - bits };
}
