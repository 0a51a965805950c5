/**
 * Requests made from the OpenAPI document, right ones and wrong ones: none gets a 5xx, and every answer is one that
 * the document describes. SLUICE_FUZZ_RUNS sets how many.
 */

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { openApiOf } from "../../src/http/rest/openapi.ts";
import { routes } from "../../src/http/rest/routes.ts";
import { type AnySchema, arbitraryOf } from "../harness/json_schema_arbitrary.ts";
import { startRestNode } from "../harness/rest.ts";

const runs = Number(Deno.env.get("SLUICE_FUZZ_RUNS") ?? 400);
const document: AnySchema = JSON.parse(JSON.stringify(openApiOf(routes, { version: "1" })));
const resolve = (reference: string) => document.components.schemas[reference.split("/").at(-1)!];

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly description: AnySchema;
}

const operations: Operation[] = Object.entries<AnySchema>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, description]) => ({
    method: method.toUpperCase(),
    path,
    description,
  }))
);

interface Asked {
  readonly operation: Operation;
  readonly url: string;
  readonly body: string | undefined;
  readonly contentType: string;
}

/** Names that are there are more interesting than others; waiting and thousands of partitions are not. */
function special(operationId: string, name: string): fc.Arbitrary<unknown> | undefined {
  const mostly = (values: readonly unknown[], other: fc.Arbitrary<unknown>) =>
    fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 7 }, { arbitrary: other, weight: 1 });
  switch (name) {
    case "topic": {
      // What others write to should stay.
      const changes = operationId === "deleteTopic" || operationId === "createTopic";
      const names = changes
        ? ["gone", "spare"]
        : ["here", "compacted", "gone", "spare", "__consumer_offsets"];
      return mostly(names, fc.string({ maxLength: 5 }));
    }
    case "group":
      // Who joins a group waits for those of its members that are silent.
      return operationId === "registerMember"
        ? fc.oneof(fc.uuid(), fc.uuid(), fc.uuid(), fc.constant("a"))
        : mostly(["a", "b"], fc.string());
    case "partitions":
      return fc.integer({ min: 0, max: 4 });
    case "partition":
      return mostly([0, 1], fc.integer({ min: -1, max: 2 ** 31 }));
    case "valueBase64":
    case "keyBase64":
      return mostly([undefined], fc.base64String());
    case "replicationFactor":
      return mostly([1], fc.integer({ min: 0, max: 4 }));
    case "configs":
      return mostly(
        [{}, { "retention.ms": 1000 }, { "cleanup.policy": "compact" }, { "retention.ms": null }],
        fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
      );
    case "offset":
      return mostly(operationId === "consume" ? ["earliest", "latest", "0", "-2"] : [0, 1], fc.integer());
    case "from":
    case "to":
      return mostly(["earliest", "latest", "-2", "@0"], fc.string({ maxLength: 5 }));
    case "sessionTimeoutMs":
      return fc.constant(1_000);
    case "timeout":
      return fc.integer({ min: 0, max: 20 });
    case "continuation":
      return mostly(["0-0-1", "0-5-2,1-0-9", "9-0-1"], fc.string({ maxLength: 8 }));
    default:
      return undefined;
  }
}

function requestsOf(operation: Operation): fc.Arbitrary<Asked> {
  const { description, path } = operation;
  const { operationId } = description;
  const options = { resolve, junkPercent: 3, special: (name: string) => special(operationId, name) };
  const texts = (where: string) =>
    Object.fromEntries(
      description.parameters.filter((one: AnySchema) => one.in === where).map((one: AnySchema) => [
        one.name,
        arbitraryOf(one.schema, options, one.name).map((value) =>
          typeof value === "string" ? value : JSON.stringify(value)
        ),
      ]),
    );
  const content = description.requestBody?.content ?? {};
  const bodies = Object.entries<AnySchema>(content).map(([type, { schema }]) =>
    fc.tuple(
      fc.constantFrom(type, type, type, type, "application/json", "text/plain"),
      arbitraryOf(schema, options).map((value) => JSON.stringify(value)),
      fc.integer({ min: 0, max: 50 }),
    )
  );
  const body = bodies.length === 0 ? fc.constant(undefined) : fc.oneof(...bodies);
  return fc.record({
    params: fc.record(texts("path")),
    query: fc.record(texts("query"), { requiredKeys: [] }),
    body,
  }).map(({ params, query, body }) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(params[name])));
    const search = new URLSearchParams(query as Record<string, string>).toString();
    // Now and then a body breaks off.
    const [contentType, text, cut] = body ?? ["", undefined, 1];
    return {
      operation,
      url: search === "" ? filled : `${filled}?${search}`,
      body: cut === 0 ? text?.slice(0, -1) : text,
      contentType,
    };
  });
}

const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({
  $id: "rest",
  components: document.components,
});

function checkAgainst(schema: AnySchema, value: unknown, what: string): void {
  const validate = ajv.compile(
    JSON.parse(JSON.stringify(schema).replaceAll("#/components", "rest#/components")),
  );
  assert.ok(validate(value), `${what}: ${JSON.stringify(validate.errors)}`);
}

async function check(origin: string, asked: Asked): Promise<void> {
  const { operation: { method, description }, url, body, contentType } = asked;
  const response = await fetch(origin + url, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": contentType } }),
  });
  const { status } = response;
  const what = `${method} ${url} ${body ?? ""}: ${status}`;
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  if (type === "text/event-stream") return await response.body!.cancel();
  const text = await response.text();
  assert.ok(status < 500, `${what} ${text}`);
  // The path does not lead to the operation when a parameter is empty or has dots for a name.
  if (status === 404 && type !== "application/problem+json") return;
  if (status === 405 || url !== new URL(origin + url).href.slice(origin.length)) return;
  const described = description.responses[status];
  assert.ok(described !== undefined, `${what} is not in the document: ${text}`);
  if (described.content === undefined) return assert.equal(text, "", what);
  const schema = described.content[type]?.schema;
  assert.ok(schema !== undefined, `${what} has another type than the document says: ${type}`);
  checkAgainst(schema, JSON.parse(text), `${what} ${text}`);
}

Deno.test("requests made from the OpenAPI document never get a 5xx", async () => {
  await using node = await startRestNode({
    "offsets.topic.num.partitions": "1",
    "group.min.session.timeout.ms": "100",
    "message.max.bytes": "10000",
  });
  await node.rest.done("POST", "/topics/here", { partitions: 2 });
  await node.rest.done("POST", "/topics/compacted", { configs: { "cleanup.policy": "compact" } });
  const { host, port } = node.node.httpAddress!;
  const requests = fc.oneof(...operations.map(requestsOf));
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 4 }), async (together) => {
      await Promise.all(together.map((one) => check(`http://${host}:${port}`, one)));
    }),
    { numRuns: runs / 2 },
  );
  const failures = node.log.filter((line) => line.startsWith("error"));
  assert.deepEqual(failures, []);
});
