/**
 * The notation in which the REST interface says what it takes and gives: one declaration reads and checks a value,
 * describes it in the OpenAPI document (JSON Schema 2020-12) and has a TypeScript type. Reading costs nothing but the
 * new objects as long as the value is right; the place of a fault is put together on the way up.
 */

/** A JSON Schema, as far as it is used here. */
export type JsonSchema = { readonly [keyword: string | symbol]: unknown };

/** Anything that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Reads a value of type `T` and describes it. */
export interface Schema<T> {
  readonly json: JsonSchema;
  /** The value, with defaults in the place of what is missing. Throws {@link InvalidValue}. */
  read(value: unknown): T;
  /** The value that a path or a query says in text. Throws {@link InvalidValue}. */
  parse?(text: string): T;
}

/** The type of the values of a schema. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

/** A value is not what its schema wants: `message` says what was there and what was wanted. */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue";
  #path: (string | number)[] = [];

  /** The same fault, seen from the object or list around it. */
  inside(key: string | number): this {
    this.#path.unshift(key);
    return this;
  }

  /** Where it is: a JSON Pointer (RFC 6901), empty for the whole value. */
  get pointer(): string {
    return this.#path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  }
}

const MAX_QUOTED = 60;

/** What was there, for an error. */
export function quoted(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MAX_QUOTED ? text : `${text.slice(0, MAX_QUOTED)}...`;
}

function fault(value: unknown, wanted: string): InvalidValue {
  return new InvalidValue(
    value === undefined ? `is missing; wanted ${wanted}` : `${quoted(value)} is not ${wanted}`,
  );
}

export interface StringOptions {
  readonly description?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Must match the whole text. */
  readonly pattern?: RegExp;
  readonly format?: string;
  readonly examples?: readonly string[];
}

/** Text. */
export function string(options: StringOptions = {}): Schema<string> {
  const { minLength = 0, maxLength = Infinity, pattern } = options;
  const wanted = [
    "text",
    ...(minLength > 0 ? [`of at least ${minLength} character${minLength === 1 ? "" : "s"}`] : []),
    ...(maxLength < Infinity ? [`of at most ${maxLength} characters`] : []),
    ...(pattern === undefined ? [] : [`that matches ${pattern.source}`]),
  ].join(" ");
  const read = (value: unknown): string => {
    if (typeof value !== "string") throw fault(value, wanted);
    if (value.length < minLength || value.length > maxLength) throw fault(value, wanted);
    if (pattern !== undefined && !pattern.test(value)) throw fault(value, wanted);
    return value;
  };
  const { pattern: _, ...rest } = options;
  return {
    json: { type: "string", ...rest, ...(pattern === undefined ? {} : { pattern: pattern.source }) },
    read,
    parse: read,
  };
}

export interface IntegerOptions {
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly number[];
}

/** A whole number, within what a JSON number holds exactly unless the options say less. */
export function integer(options: IntegerOptions = {}): Schema<number> {
  const minimum = options.minimum ?? Number.MIN_SAFE_INTEGER;
  const maximum = options.maximum ?? Number.MAX_SAFE_INTEGER;
  const wanted = `a whole number from ${minimum} to ${maximum}`;
  const read = (value: unknown): number => {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      throw fault(value, wanted);
    }
    return value;
  };
  return {
    json: { type: "integer", ...options, minimum, maximum },
    read,
    parse: (text) => {
      if (!/^-?\d{1,16}$/.test(text)) throw fault(text, wanted);
      return read(Number(text));
    },
  };
}

/** Any finite number. */
export function number(options: { readonly description?: string } = {}): Schema<number> {
  return {
    json: { type: "number", ...options },
    read: (value) => {
      if (typeof value !== "number" || !Number.isFinite(value)) throw fault(value, "a number");
      return value;
    },
  };
}

/** True or false. */
export function boolean(options: { readonly description?: string } = {}): Schema<boolean> {
  return {
    json: { type: "boolean", ...options },
    read: (value) => {
      if (typeof value !== "boolean") throw fault(value, "true or false");
      return value;
    },
    parse: (text) => {
      if (text !== "true" && text !== "false") throw fault(text, "true or false");
      return text === "true";
    },
  };
}

/** One of some texts. */
export function oneOf<const T extends string>(
  values: readonly T[],
  options: { readonly description?: string } = {},
): Schema<T> {
  const known: ReadonlySet<unknown> = new Set(values);
  const read = (value: unknown): T => {
    if (!known.has(value)) throw fault(value, `one of ${values.join(", ")}`);
    return value as T;
  };
  return { json: { type: "string", enum: values, ...options }, read, parse: read };
}

/** Whatever JSON can say. */
export function anyJson(options: { readonly description?: string } = {}): Schema<Json> {
  return {
    json: { ...options },
    read: (value) => {
      if (value === undefined) throw fault(value, "a JSON value");
      return value as Json;
    },
  };
}

/** A value or null. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  const { type } = schema.json;
  const json = typeof type === "string" && !("enum" in schema.json)
    ? { ...schema.json, type: [type, "null"] }
    : { anyOf: [schema.json, { type: "null" }] };
  return { json, read: (value) => value === null ? null : schema.read(value) };
}

/** Elements of one kind. */
export function list<T>(
  element: Schema<T>,
  options: { readonly description?: string; readonly minItems?: number; readonly maxItems?: number } = {},
): Schema<T[]> {
  const { minItems = 0, maxItems = Infinity } = options;
  const bounds = [
    ...(minItems > 0 ? [`at least ${minItems}`] : []),
    ...(maxItems < Infinity ? [`at most ${maxItems}`] : []),
  ].join(" and ");
  return {
    json: { type: "array", items: element.json, ...options },
    read: (value) => {
      if (!Array.isArray(value)) throw fault(value, "a list");
      if (value.length < minItems || value.length > maxItems) {
        throw new InvalidValue(`has ${value.length} elements; wanted ${bounds}`);
      }
      return value.map((one, index) => {
        try {
          return element.read(one);
        } catch (error) {
          throw error instanceof InvalidValue ? error.inside(index) : error;
        }
      });
    },
  };
}

/** An object whose names are not known beforehand. */
export function mapOf<T>(
  element: Schema<T>,
  options: { readonly description?: string; readonly maxProperties?: number } = {},
): Schema<{ readonly [name: string]: T }> {
  const { maxProperties = Infinity } = options;
  return {
    json: { type: "object", additionalProperties: element.json, ...options },
    read: (value) => {
      const fields = objectOf(value);
      const names = Object.keys(fields);
      if (names.length > maxProperties) {
        throw new InvalidValue(`has ${names.length} fields; wanted at most ${maxProperties}`);
      }
      return Object.fromEntries(names.map((name) => [name, readField(name, element, fields[name])]));
    },
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw fault(value, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function readField<T>(name: string, schema: Schema<T>, value: unknown): T {
  try {
    return schema.read(value);
  } catch (error) {
    throw error instanceof InvalidValue ? error.inside(name) : error;
  }
}

/** A field that may be left out, or that has a value then. */
export interface OptionalSchema<T> extends Schema<T> {
  readonly isOptional: true;
}

/** May be left out: it is undefined then, and not sent as null. */
export function optional<T>(schema: Schema<T>): OptionalSchema<T | undefined> {
  const { parse } = schema;
  return {
    json: schema.json,
    isOptional: true,
    read: (value) => value === undefined ? undefined : schema.read(value),
    ...(parse === undefined ? {} : { parse }),
  };
}

/** May be left out: it has a value then. */
export function withDefault<T extends Json>(schema: Schema<T>, value: T): OptionalSchema<T> {
  const { parse } = schema;
  return {
    json: { ...schema.json, default: value },
    isOptional: true,
    read: (given) => given === undefined ? value : schema.read(given),
    ...(parse === undefined ? {} : { parse }),
  };
}

/** The fields of an object. */
export type Shape = { readonly [name: string]: Schema<unknown> };

type OptionalKeys<F extends Shape> = {
  [K in keyof F]: undefined extends Infer<F[K]> ? K : never;
}[keyof F];

/** The type of an object with these fields. */
export type ShapeOf<F extends Shape> =
  & { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> }
  & { readonly [K in OptionalKeys<F>]?: Infer<F[K]> | undefined };

/** An object with these fields and no others. */
export function struct<F extends Shape>(
  fields: F,
  options: {
    readonly description?: string;
    /** Of these fields, one at least is there. */
    readonly atLeastOne?: readonly (keyof F & string)[];
  } = {},
): Schema<ShapeOf<F>> & { readonly fields: F } {
  const { description, atLeastOne } = options;
  const names = Object.keys(fields);
  const known = new Set(names);
  const required = names.filter((name) => !isOptional(fields[name]!));
  const properties = Object.fromEntries(names.map((name) => [name, fields[name]!.json]));
  return {
    fields,
    json: {
      type: "object",
      ...(description === undefined ? {} : { description }),
      properties,
      ...(atLeastOne === undefined ? {} : { anyOf: atLeastOne.map((name) => ({ required: [name] })) }),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    read: (value) => {
      const given = objectOf(value);
      for (const name in given) {
        if (!known.has(name)) {
          throw new InvalidValue(`there is no such field; wanted ${names.join(", ")}`).inside(name);
        }
      }
      if (atLeastOne !== undefined && atLeastOne.every((name) => given[name] === undefined)) {
        throw new InvalidValue(`is missing; wanted ${atLeastOne.join(" or ")}`).inside(atLeastOne[0]!);
      }
      const result: Record<string, unknown> = {};
      for (const name of names) result[name] = readField(name, fields[name]!, given[name]);
      return result as ShapeOf<F>;
    },
  };
}

export function isOptional(schema: Schema<unknown>): boolean {
  return (schema as Partial<OptionalSchema<unknown>>).isOptional === true;
}

/** The first of some schemas that takes a value; `wanted` says in words what that is. */
export function either<const S extends readonly Schema<unknown>[]>(
  wanted: string,
  schemas: S,
  options: { readonly description?: string } = {},
): Schema<Infer<S[number]>> {
  return {
    json: { anyOf: schemas.map((one) => one.json), ...options },
    read: (value) => {
      for (const schema of schemas) {
        try {
          return schema.read(value) as Infer<S[number]>;
        } catch (error) {
          if (!(error instanceof InvalidValue)) throw error;
        }
      }
      throw fault(value, wanted);
    },
  };
}

/** Where a reference keeps what it refers to, out of the way of JSON. */
export const COMPONENT: unique symbol = Symbol("component");

/** A schema that stands in the document once, under its name, and is referred to. */
export interface Component {
  readonly name: string;
  readonly json: JsonSchema;
}

/** Names a schema. */
export function named<S extends Schema<unknown>>(name: string, schema: S): S {
  const component: Component = { name, json: schema.json };
  return { ...schema, json: { $ref: `#/components/schemas/${name}`, [COMPONENT]: component } };
}
