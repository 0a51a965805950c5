/** The OpenAPI document of the REST interface is one, and says of each route what there is to say. */

import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { openApiOf } from "../../../../src/http/rest/openapi.ts";
import { routes } from "../../../../src/http/rest/routes.ts";

// deno-lint-ignore no-explicit-any -- a document of a standard, looked at from outside
const document: any = JSON.parse(JSON.stringify(openApiOf(routes, { version: "1.2.3" })));

Deno.test("the document is valid OpenAPI 3.1", async () => {
  const result = await new Validator().validate(structuredClone(document));
  assert.ok(result.valid, JSON.stringify(result.errors));
  assert.equal(document.openapi, "3.1.1");
  assert.equal(document.info.version, "1.2.3");
});

Deno.test("every reference leads somewhere", () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
  const names = new Set([...references].map(([, name]) => name!));
  assert.ok(names.size > 10);
  for (const name of names) {
    assert.ok(document.components.schemas[name].type !== undefined, `${name} is described`);
  }
});

Deno.test("paths and their parameters agree, and operations have names of their own", () => {
  const ids = new Set<string>();
  for (const { path, params = {}, operationId, method } of routes) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    assert.deepEqual(Object.keys(params), inPath, path);
    assert.ok(!ids.has(operationId), operationId);
    ids.add(operationId);
    assert.equal(document.paths[path][method.toLowerCase()].operationId, operationId);
  }
});

Deno.test("every parameter can be read from text", () => {
  for (const { params = {}, query = {}, path } of routes) {
    for (const [name, schema] of Object.entries({ ...params, ...query })) {
      assert.equal(typeof (schema as { parse?: unknown }).parse, "function", `${path} ${name}`);
    }
  }
});

Deno.test("whatever changes something takes JSON, which pages of others cannot send", () => {
  for (const { path, method, body, rawBody } of routes) {
    if (method === "POST" || method === "PATCH") assert.ok(body ?? rawBody, `${method} ${path}`);
  }
});
