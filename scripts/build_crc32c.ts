/**
 * Builds the WebAssembly of CRC32C and embeds it as base64 in src/records/crc32c_wasm.ts.
 *
 *   deno run -A scripts/build_crc32c.ts            writes the file
 *   deno run -A scripts/build_crc32c.ts --check    fails when the file is not what this script would write
 *
 * How it computes. A CRC is the message as a polynomial over GF(2), modulo P. Any multiple of P with few terms gives
 * a cheap way to make a message shorter without changing its remainder: adding the multiple at the front of the
 * message clears the front term and flips a few later ones. Squaring is linear over GF(2), so if P divides
 * x^209 + x^144 + x^54 + x^39 + x^14 + 1 it also divides the same sum in x^128: the terms then stand for whole
 * 16-byte vectors, and clearing a vector is five XORs of vectors. (Kadatch and Jenkins, "Everything we know about
 * CRC but afraid to forget", 2010, and Russell's "Chorba", 2024, use such multiples for CRC-32.)
 *
 * Two such multiples bring a chunk down to 1,264 bytes, which tables finish sixteen bytes at a time.
 */

import { embed } from "./embed_wasm.ts";

const VECTOR_BYTES = 16;
const TABLE_BYTES = 16 * 256 * 4;
/** How much of the input is copied in at once: it should stay in the processor's first cache. */
const CHUNK_BYTES = 32768;

/** A multiple of P by the distances (in vectors) from its first term to the others, ascending. */
interface Multiple {
  readonly name: string;
  readonly lags: readonly number[];
}

/** P divides x^209 + x^144 + x^54 + x^39 + x^14 + 1: the shortest multiple with six terms. */
const sparse: Multiple = { name: "sparse", lags: [65, 155, 170, 195, 209] };
/** P divides x^79 + x^75 + x^71 + x^58 + x^18 + x^12 + x + 1: the shortest multiple with eight terms. */
const short: Multiple = { name: "short", lags: [4, 8, 21, 61, 67, 78, 79] };

const lastLag = (multiple: Multiple): number => multiple.lags.at(-1)!;

/** In front of the chunk there are zeros, as far back as the longest multiple looks. */
const BUFFER_AT = TABLE_BYTES + lastLag(sparse) * VECTOR_BYTES;
const PAGES = Math.ceil((BUFFER_AT + CHUNK_BYTES) / 65536);

/** One step at $p: the vector there is flipped by those `lags` before it. `unroll` vectors a turn. */
function flip(lags: readonly number[], unroll: number): string {
  const reach = Math.max(...lags);
  const lines: string[] = [];
  for (let index = 0; index < unroll; index++) {
    const load = (lag: number) => `(v128.load offset=${(reach - lag + index) * VECTOR_BYTES} (local.get $q))`;
    const sum = lags.reduce((inner, lag) => `(v128.xor ${inner} ${load(lag)})`, load(0));
    lines.push(`(v128.store offset=${(reach + index) * VECTOR_BYTES} (local.get $q) ${sum})`);
  }
  return `(local.set $q (i32.sub (local.get $p) (i32.const ${reach * VECTOR_BYTES})))
    ${lines.join("\n    ")}
    (local.set $p (i32.add (local.get $p) (i32.const ${unroll * VECTOR_BYTES})))`;
}

/** Steps from $p until $stop, which is a whole number of turns away or is not reached. */
function flipUntilStop(lags: readonly number[], unroll: number, label: string): string {
  const reach = unroll * VECTOR_BYTES;
  return `(block $${label}_done (loop $${label}
    (br_if $${label}_done (i32.gt_u (i32.add (local.get $p) (i32.const ${reach})) (local.get $stop)))
    ${flip(lags, unroll)}
    (br $${label})))`;
}

/**
 * A function that clears vectors from the front of the range until as many are left as the multiple is long, and
 * returns where they begin. There must be zeros in front of the range.
 */
function clearFront(multiple: Multiple): string {
  const { name, lags } = multiple;
  const length = lastLag(multiple) * VECTOR_BYTES;
  const unroll = Math.min(4, lags[0]!);
  // The vectors that are left no longer clear anything: each lag ends where it would reach one of them.
  const tail = lags.map((lag, index) => `
    (local.set $stop (i32.add (local.get $rest) (i32.const ${lag * VECTOR_BYTES})))
    ${flipUntilStop(lags.slice(index), 1, `tail${index}`)}`);
  return `(func $${name} (param $p i32) (param $end i32) (result i32) (local $q i32) (local $rest i32) (local $stop i32)
    (local.set $rest (i32.sub (local.get $end) (i32.const ${length})))
    (local.set $stop (local.get $rest))
    ${flipUntilStop(lags, unroll, "main")}
    ${flipUntilStop(lags, 1, "last")}
    ${tail.join("")}
    (local.get $rest))`;
}

/** One look-up for the byte at `shift` bits of a word; the byte is `place` bytes before the end of its sixteen. */
function lookUp(word: string, shift: number, place: number): string {
  const shifted = shift === 0 ? word : `(i32.shr_u ${word} (i32.const ${shift}))`;
  const masked = shift === 24 ? shifted : `(i32.and ${shifted} (i32.const 255))`;
  return `(i32.load offset=${place * 1024} (i32.shl ${masked} (i32.const 2)))`;
}

function sixteenBytes(): string {
  const terms: string[] = [];
  for (let index = 0; index < 16; index++) {
    const word = `(local.get $w${index >> 2})`;
    terms.push(lookUp(word, (index & 3) * 8, 15 - index));
  }
  // The checksum so far is in the first word: its look-ups come last, the others need not wait for it.
  return terms.reverse().reduce((sum, term) => `(i32.xor ${sum} ${term})`);
}

const tableStep = `(func $tables (param $crc i32) (param $p i32) (param $end i32) (result i32)
    (local $w0 i32) (local $w1 i32) (local $w2 i32) (local $w3 i32)
    (block $done (loop $more
      (br_if $done (i32.gt_u (i32.add (local.get $p) (i32.const 16)) (local.get $end)))
      (local.set $w0 (i32.xor (local.get $crc) (i32.load (local.get $p))))
      (local.set $w1 (i32.load offset=4 (local.get $p)))
      (local.set $w2 (i32.load offset=8 (local.get $p)))
      (local.set $w3 (i32.load offset=12 (local.get $p)))
      (local.set $crc ${sixteenBytes()})
      (local.set $p (i32.add (local.get $p) (i32.const 16)))
      (br $more)))
    (block $ended (loop $bytes
      (br_if $ended (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $crc (i32.xor (i32.shr_u (local.get $crc) (i32.const 8))
        ${lookUp("(i32.xor (local.get $crc) (i32.load8_u (local.get $p)))", 0, 0)}))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br $bytes)))
    (local.get $crc))`;

/** The shortest inputs (bytes) for which a multiple saves more than it costs, by measurement. */
const SPARSE_FROM_BYTES = 6144;
const SHORT_FROM_BYTES = 1664;

const update = `(func (export "update") (param $crc i32) (param $length i32) (result i32)
    (local $p i32) (local $end i32) (local $vectorsEnd i32)
    (local.set $p (i32.const ${BUFFER_AT}))
    (local.set $end (i32.add (local.get $p) (local.get $length)))
    (local.set $vectorsEnd (i32.add (local.get $p) (i32.and (local.get $length) (i32.const -16))))
    (if (i32.ge_u (local.get $length) (i32.const ${SHORT_FROM_BYTES})) (then
      (i32.store (local.get $p) (i32.xor (local.get $crc) (i32.load (local.get $p))))
      (local.set $crc (i32.const 0))
      (if (i32.ge_u (local.get $length) (i32.const ${SPARSE_FROM_BYTES})) (then
        (local.set $p (call $sparse (local.get $p) (local.get $vectorsEnd)))
        (memory.fill (i32.sub (local.get $p) (i32.const ${lastLag(short) * VECTOR_BYTES}))
          (i32.const 0) (i32.const ${lastLag(short) * VECTOR_BYTES}))))
      (local.set $p (call $short (local.get $p) (local.get $vectorsEnd)))))
    (call $tables (local.get $crc) (local.get $p) (local.get $end)))`;

const wat = `(module
  (memory (export "memory") ${PAGES})
  ${clearFront(sparse)}
  ${clearFront(short)}
  ${tableStep}
  ${update})`;

await embed({
  script: "scripts/build_crc32c.ts",
  target: new URL("../src/records/crc32c_wasm.ts", import.meta.url),
  wat,
  constants: `/** Where in the module's memory the input goes; the look-up tables are at 0. */
export const BUFFER_AT = ${BUFFER_AT};
/** How many bytes of input fit at a time. */
export const CHUNK_BYTES = ${CHUNK_BYTES};`,
  doc: "The module: exports memory and update(crc, length) -> crc, the state being the inverted checksum.",
});
