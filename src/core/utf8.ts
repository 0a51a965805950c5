/** Text to bytes and back, as Java does it. */

/** Keeps a leading U+FEFF, which is part of the text and not a mark of its encoding. */
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** Decodes UTF-8; malformed sequences become U+FFFD, as Java does it. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= 32) {
    let text = "";
    for (let index = from; index < to; index++) {
      const byte = bytes[index]!;
      if (byte > 127) return utf8Decoder.decode(bytes.subarray(from, to));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return utf8Decoder.decode(bytes.subarray(from, to));
}

/** The text of bytes that are UTF-8, and null otherwise. */
export function textOf(bytes: Uint8Array): string | null {
  const text = decodeUtf8(bytes, 0, bytes.length);
  if (!text.includes("\uFFFD")) return text;
  const again = encodeUtf8(text);
  return again.length === bytes.length && again.every((byte, index) => byte === bytes[index]) ? text : null;
}

/** The UTF-8 bytes of `text`. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return utf8Encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** Encodes `text` at the start of `target`, which has room for it; returns how many bytes it took. */
export function encodeUtf8Into(text: string, target: Uint8Array): number {
  return utf8Encoder.encodeInto(text, target).written;
}
