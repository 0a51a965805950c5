/** JSON is made readable as text, so that what it says stays what it was. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { isJson, prettyJson } from "../../../../src/http/dashboard/client/records/json_text.ts";

const textOf = (json: string) => prettyJson(json).map(({ text }) => text).join("");

Deno.test("pretty JSON is what JSON.stringify makes with two spaces", () => {
  fc.assert(fc.property(fc.json(), (json) => {
    if (!isJson(json)) return;
    assert.deepEqual(JSON.parse(textOf(json)), JSON.parse(json));
  }));
  const value = { a: [1, { b: "}," }], empty: [], none: {}, 'n"': null };
  assert.equal(textOf(JSON.stringify(value)), JSON.stringify(value, null, 2));
});

Deno.test("numbers keep all their digits", () => {
  assert.match(textOf('{"id":12345678901234567890.10}'), /12345678901234567890\.10/);
});

Deno.test("names, texts, numbers and words are told apart", () => {
  const kinds = prettyJson('{"a":"b","c":-1.5e3,"d":true}')
    .filter(({ kind }) => kind !== "mark").map(({ kind }) => kind);
  assert.deepEqual(kinds, ["name", "text", "name", "number", "name", "word"]);
});

Deno.test("what is no JSON object or list is not taken for one", () => {
  for (const text of ["", "12", '"text"', "{", "[1,", "{'a':1}", "hello"]) {
    assert.equal(isJson(text), false, text);
  }
});
