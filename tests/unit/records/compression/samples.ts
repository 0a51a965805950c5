/** Inputs that take the codecs' different ways: empty, tiny, repetitive, text, noise, around the block sizes. */

/** Bytes without a pattern. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0, state = 1; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

/** Lines of JSON, as much of the world's traffic is. */
export function text(length: number): Uint8Array {
  const lines: string[] = [];
  for (let index = 0, size = 0; size < length; index++) {
    const line = JSON.stringify({
      id: index,
      name: `user-${(index * 7919) % 1000}`,
      at: 1700000000000 + index * 13,
    });
    lines.push(line);
    size += line.length;
  }
  return new TextEncoder().encode(lines.join("")).subarray(0, length);
}

export const samples: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["nothing", new Uint8Array(0)],
  ["one byte", Uint8Array.of(7)],
  ["twelve bytes", text(12)],
  ["thirteen equal bytes", new Uint8Array(13)],
  ["300,000 zeros", new Uint8Array(300_000)],
  ["a short pattern", Uint8Array.from({ length: 1000 }, (_, index) => index % 3)],
  ["text of 32,768 bytes", text(32_768)],
  ["text of 32,769 bytes", text(32_769)],
  ["text of 65,536 bytes", text(65_536)],
  ["text of 65,537 bytes", text(65_537)],
  ["text of 500,000 bytes", text(500_000)],
  ["noise of 200,000 bytes", noise(200_000)],
  ["noise, then the same again", new Uint8Array([...noise(60_000), ...noise(60_000)])],
  ["noise with distant repeats", new Uint8Array([...noise(70_000), ...noise(70_000)])],
];
