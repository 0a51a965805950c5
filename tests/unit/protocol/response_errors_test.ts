/** Error codes are found wherever a response has some. */

import assert from "node:assert/strict";
import { apis } from "../../../src/protocol/messages/index.ts";
import { errorVisitorOf } from "../../../src/protocol/response_errors.ts";
import type { Fields } from "../../../src/protocol/schema.ts";

function codesIn(name: string, body: unknown): number[] {
  const found: number[] = [];
  errorVisitorOf(apis.find((api) => api.name === name)!.response)(body, (code) => found.push(code));
  return found;
}

Deno.test("codes at the top and in arrays of arrays are found, NONE is not", () => {
  const partitions = [{ errorCode: 0 }, { errorCode: 3 }, { errorCode: 6 }];
  assert.deepEqual(codesIn("Fetch", { errorCode: 70, responses: [{ partitions }] }), [70, 3, 6]);
  assert.deepEqual(codesIn("Heartbeat", { errorCode: 0 }), []);
});

Deno.test("what is absent or null in a version is passed over", () => {
  assert.deepEqual(codesIn("Fetch", { responses: [] }), []);
  assert.deepEqual(codesIn("FindCoordinator", { errorCode: 15 }), [15]);
  assert.deepEqual(codesIn("ShareFetch", { errorCode: 0, responses: null }), []);
});

Deno.test("every response that declares an error code is looked into", () => {
  const declares = (fields: Fields): boolean =>
    Object.entries(fields).some(([name, field]) =>
      /errorCode$/i.test(name) || declares(field.fields ?? field.element?.fields ?? {})
    );
  /** A body in which every number is a code that is no NONE. */
  const filled = (fields: Fields): unknown =>
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const nested = field.fields ?? field.element?.fields;
        if (nested === undefined) return [name, 7];
        return [name, field.type === "array" ? [filled(nested)] : filled(nested)];
      }),
    );
  for (const { name, response } of apis) {
    assert.equal(codesIn(name, filled(response.fields)).length > 0, declares(response.fields), name);
  }
});
