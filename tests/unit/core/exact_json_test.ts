/** JSON whose numbers keep their digits, which JSON.parse does not do (ECMAScript 2026, source text access). */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseExact } from "../../../src/core/exact_json.ts";

Deno.test("numbers that JavaScript cannot hold are written again as they were", () => {
  for (
    const text of [
      `12345678901234567890`,
      `-9223372036854775808`,
      `[9007199254740993,1]`,
      `{"a":{"b":0.12345678901234567890}}`,
      `1e400`,
      `{"id":18446744073709551615,"text":"18446744073709551615"}`,
    ]
  ) assert.equal(JSON.stringify(parseExact(text)), text);
});

Deno.test("all else is what JSON.parse gives", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    assert.equal(JSON.stringify(parseExact(text)), JSON.stringify(JSON.parse(text)));
  }));
  assert.deepEqual(parseExact(`{"a":[1,2.5,1e3,"1234567890123456"],"b":null}`), {
    a: [1, 2.5, 1000, "1234567890123456"],
    b: null,
  });
  assert.throws(() => parseExact(`{"a":1234567890123456789`), SyntaxError);
});
