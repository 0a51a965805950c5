/** Values that a JSON Schema allows, for fast-check; and, now and then, values that it does not. */

import fc from "fast-check";

/** A JSON Schema, as far as our documents use it. */
// deno-lint-ignore no-explicit-any -- a document of a standard, looked at from outside
export type AnySchema = any;

export interface ArbitraryOptions {
  /** Looks up what a `$ref` refers to. */
  readonly resolve: (reference: string) => AnySchema;
  /** Of a hundred values, how many the schema need not allow. */
  readonly junkPercent: number;
  /** Values for a field or parameter of a name, instead of those of its schema. */
  readonly special?: (name: string) => fc.Arbitrary<unknown> | undefined;
}

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    "",
    "\u0000",
    "-1",
    1e300,
    -1,
    9007199254740993,
    {},
    [],
    null,
    "__proto__",
    "é".repeat(300),
  ),
);

/** Values for `schema`; `name` is the field or parameter that they are for. */
export function arbitraryOf(schema: AnySchema, options: ArbitraryOptions, name = ""): fc.Arbitrary<unknown> {
  const special = options.special?.(name);
  const allowed = special ?? allowedBy(schema, options);
  const { junkPercent } = options;
  if (junkPercent === 0) return allowed;
  return fc.oneof({ arbitrary: allowed, weight: 100 - junkPercent }, {
    arbitrary: junk,
    weight: junkPercent,
  });
}

function allowedBy(schema: AnySchema, options: ArbitraryOptions): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return arbitraryOf(options.resolve(schema.$ref), options);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined && schema.type === undefined) {
    return fc.oneof(...schema.anyOf.map((one: AnySchema) => arbitraryOf(one, options)));
  }
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type: string) => allowedBy({ ...schema, type }, options)));
  }
  switch (schema.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return integers(schema.minimum, schema.maximum);
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "string":
      return strings(schema);
    case "array":
      return fc.array(arbitraryOf(schema.items, options), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case "object":
      return objects(schema, options);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Mostly small ones, and those at the bounds. */
function integers(minimum: number, maximum: number): fc.Arbitrary<number> {
  const near = Math.max(minimum, Math.min(0, maximum));
  return fc.oneof(
    { arbitrary: fc.integer({ min: near, max: Math.min(near + 5, maximum) }), weight: 8 },
    { arbitrary: fc.constantFrom(minimum, maximum), weight: 1 },
  );
}

function strings({ pattern, minLength = 0, maxLength = 300, format }: AnySchema): fc.Arbitrary<string> {
  if (format === "byte") return fc.base64String({ maxLength: 40 });
  const any = pattern === undefined
    ? fc.string({ unit: "binary", minLength, maxLength: Math.min(maxLength, 40) })
    : fc.stringMatching(new RegExp(pattern));
  return any.filter((text) => text.length >= minLength && text.length <= maxLength);
}

function objects(schema: AnySchema, options: ArbitraryOptions): fc.Arbitrary<unknown> {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) {
    const values = arbitraryOf(additionalProperties ?? {}, options);
    return fc.dictionary(fc.string({ maxLength: 10 }), values, { maxKeys: 3 });
  }
  const fields = Object.entries(properties).map(([name, one]) => [name, arbitraryOf(one, options, name)]);
  const all = fc.record(Object.fromEntries(fields), { requiredKeys: required });
  if (schema.anyOf === undefined) return all;
  const sets: readonly string[][] = schema.anyOf.map((one: AnySchema) => one.required);
  return all.filter((value) => sets.some((names) => names.every((name) => Object.hasOwn(value, name))));
}
