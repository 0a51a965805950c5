import assert from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, toBase64 } from "../../../src/core/base64.ts";

Deno.test("any bytes come back, also more than fit into one call", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  }));
  const many = new Uint8Array(100_000).map((_, index) => index * 7);
  assert.deepEqual(fromBase64(toBase64(many)), many);
});

Deno.test("RFC 4648, section 10: test vectors", () => {
  const ascii = (text: string) => new TextEncoder().encode(text);
  const vectors = [["", ""], ["f", "Zg=="], ["fo", "Zm8="], ["foo", "Zm9v"], ["foobar", "Zm9vYmFy"]] as const;
  for (const [text, encoded] of vectors) {
    assert.equal(toBase64(ascii(text)), encoded);
    assert.deepEqual(fromBase64(encoded), ascii(text));
  }
});

Deno.test("what is not base64 is null", () => {
  for (const text of ["a", "a===", "é", "Zg=x"]) assert.equal(fromBase64(text), null, text);
});
