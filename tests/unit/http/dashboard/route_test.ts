/** Places in the dashboard as fragments of the address. */

import assert from "node:assert/strict";
import { hrefOf, parseRoute } from "../../../../src/http/dashboard/client/state/route.ts";

Deno.test("a place survives its way through the address bar", () => {
  const { path, query } = parseRoute(hrefOf(["groups", "a/b ?#ü"], { partition: "3" }));
  assert.deepEqual(path, ["groups", "a/b ?#ü"]);
  assert.equal(query.get("partition"), "3");
});

Deno.test("nothing and nonsense lead somewhere", () => {
  assert.deepEqual(parseRoute("").path, []);
  assert.deepEqual(parseRoute("#/").path, []);
  assert.deepEqual(parseRoute("#/topics/%zz").path, ["topics", "%zz"]);
});
