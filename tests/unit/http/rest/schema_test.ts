/** The notation of the REST interface: what it takes, what it says about faults, and the JSON Schema that it yields. */

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import {
  anyJson,
  boolean,
  either,
  integer,
  InvalidValue,
  type JsonSchema,
  list,
  mapOf,
  named,
  nullable,
  number,
  oneOf,
  optional,
  type Schema,
  string,
  struct,
  withDefault,
} from "../../../../src/http/rest/schema.ts";

function faultOf(schema: Schema<unknown>, value: unknown): InvalidValue {
  try {
    schema.read(value);
  } catch (error) {
    if (error instanceof InvalidValue) return error;
    throw error;
  }
  return assert.fail(`${JSON.stringify(value)} was taken`);
}

const order = struct({
  name: string({ minLength: 1, maxLength: 5, pattern: /^[a-z]+$/ }),
  count: withDefault(integer({ minimum: 0, maximum: 9 }), 1),
  tags: optional(list(string(), { maxItems: 2 })),
  limits: optional(mapOf(number(), { maxProperties: 2 })),
  note: optional(nullable(string())),
  kind: optional(oneOf(["a", "b"])),
  isOpen: optional(boolean()),
});

Deno.test("what is left out has its default or is undefined", () => {
  assert.deepEqual(order.read({ name: "abc" }), {
    name: "abc",
    count: 1,
    tags: undefined,
    limits: undefined,
    note: undefined,
    kind: undefined,
    isOpen: undefined,
  });
});

Deno.test("a fault says where it is, what was there and what was wanted", () => {
  const cases: [unknown, string, RegExp][] = [
    [7, "", /^7 is not an object$/],
    [{}, "/name", /is missing; wanted text/],
    [{ name: "ABC" }, "/name", /"ABC" is not text .* matches/],
    [{ name: "abcdef" }, "/name", /at most 5 characters/],
    [{ name: "a", count: 1.5 }, "/count", /1\.5 is not a whole number from 0 to 9/],
    [{ name: "a", count: 10 }, "/count", /10 is not/],
    [{ name: "a", tags: ["x", 1] }, "/tags/1", /1 is not text/],
    [{ name: "a", tags: ["x", "y", "z"] }, "/tags", /has 3 elements; wanted at most 2/],
    [{ name: "a", limits: { "a/b~": "x" } }, "/limits/a~1b~0", /"x" is not a number/],
    [{ name: "a", limits: { a: 1, b: 2, c: 3 } }, "/limits", /has 3 fields; wanted at most 2/],
    [{ name: "a", kind: "c" }, "/kind", /"c" is not one of a, b/],
    [{ name: "a", isOpen: "true" }, "/isOpen", /"true" is not true or false/],
    [{ name: "a", nmae: 1 }, "/nmae", /no such field; wanted name, count/],
  ];
  for (const [value, pointer, message] of cases) {
    const fault = faultOf(order, value);
    assert.equal(fault.pointer, pointer, JSON.stringify(value));
    assert.match(fault.message, message);
  }
});

Deno.test("a text that is quoted in a fault is cut", () => {
  assert.ok(faultOf(integer(), "x".repeat(10_000)).message.length < 150);
});

Deno.test("__proto__ is a field like any other, and never a prototype", () => {
  const value = mapOf(anyJson()).read(JSON.parse(`{"__proto__": {"isAdmin": true}}`));
  assert.equal((value as { isAdmin?: boolean }).isAdmin, undefined);
  assert.deepEqual(Object.keys(value), ["__proto__"]);
  assert.equal(faultOf(order, JSON.parse(`{"name": "a", "__proto__": 1}`)).pointer, "/__proto__");
});

Deno.test("texts of paths and queries are read strictly", () => {
  const whole = integer({ minimum: -5, maximum: 100 });
  assert.equal(whole.parse!("-5"), -5);
  for (const text of ["", " 1", "1e1", "0x1", "1.0", "+1", "101", "99999999999999999999"]) {
    assert.throws(() => whole.parse!(text), InvalidValue, text);
  }
  assert.equal(boolean().parse!("true"), true);
  assert.throws(() => boolean().parse!("1"), InvalidValue);
});

Deno.test("either takes what one of its schemas takes", () => {
  const schema = either("text or a number", [string(), number()]);
  assert.equal(schema.read("a"), "a");
  assert.equal(schema.read(1), 1);
  assert.match(faultOf(schema, true).message, /true is not text or a number/);
});

Deno.test("reading and the JSON Schema agree on every value", () => {
  const schemas: Record<string, Schema<unknown>> = {
    order,
    list: list(integer({ minimum: 1, maximum: 3 }), { minItems: 1, maxItems: 2 }),
    map: mapOf(nullable(boolean()), { maxProperties: 1 }),
    either: either("one of them", [string({ minLength: 2 }), integer(), struct({ a: optional(number()) })]),
    oneOf: struct({ a: optional(string()), b: optional(anyJson()) }, { atLeastOne: ["a", "b"] }),
    nullableEnum: nullable(oneOf(["x", "y"])),
  };
  const words = fc.constantFrom(
    "name",
    "count",
    "tags",
    "limits",
    "note",
    "kind",
    "isOpen",
    "a",
    "b",
    "x",
    "abc",
  );
  const leaf = fc.oneof(
    words,
    fc.integer({ min: -2, max: 12 }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(1.5),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(words, tie("value"), { maxKeys: 3 }),
      fc.record({ name: words, count: fc.integer({ min: 0, max: 9 }) }),
    ),
  }));
  const ajv = new Ajv2020({ strict: false });
  for (const [name, schema] of Object.entries(schemas)) {
    const validate = ajv.compile(schema.json as JsonSchema);
    fc.assert(
      fc.property(value, (value) => {
        let isTaken = true;
        try {
          schema.read(value);
        } catch (error) {
          assert.ok(error instanceof InvalidValue);
          isTaken = false;
        }
        assert.equal(isTaken, validate(value), `${name} ${JSON.stringify(value)}`);
      }),
      { numRuns: 300 },
    );
  }
});

Deno.test("a named schema is referred to", () => {
  const schema = named("Order", order);
  assert.deepEqual(JSON.parse(JSON.stringify(schema.json)), { $ref: "#/components/schemas/Order" });
  assert.equal(schema.read({ name: "a" }).count, 1);
});
