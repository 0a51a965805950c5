/**
 * The notation in which every message is declared once, for all its versions. The TypeScript type is inferred from
 * the declaration here, and only here; the codec is compiled from it per version (codec.ts).
 *
 *     export const heartbeatRequest = message("HeartbeatRequest", {
 *       versions: "0-4",
 *       flexible: "4+",
 *       fields: { groupId: string("0+"), groupInstanceId: string("3+", { nullable: "3+", default: null }) },
 *     });
 *     export type HeartbeatRequest = Decoded<typeof heartbeatRequest>;
 *
 * Field names are Kafka's with a small first letter. A field with an explicit default or a tag, or one
 * declared optional, may be left out when encoding; all others must be given, at every version.
 */

import type { BytesSource } from "../core/bytes.ts";
import type { Uuid } from "../core/ids.ts";
import { parseVersions, type VersionRange, type Versions } from "./versions.ts";

/** Kafka's primitive types. */
export type PrimitiveType =
  | "bool"
  | "int8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "bigint64"
  | "float64"
  | "string"
  | "bytes"
  | "records"
  | "uuid";

/**
 * Tags from here on are of fields that only Sluice knows: whoever does not passes over them (KIP-482). They are sent
 * only to those who have asked for them.
 */
export const OWN_TAGS = 10_000;

/** What every kind of field may say about itself. */
export interface FieldOptions {
  /** Versions in which null is allowed. */
  readonly nullable?: Versions;
  /** The value of an absent field. Kafka's implicit default is zero, empty, false, or a struct of defaults. */
  readonly default?: number | string | boolean | null;
  /** The tag number (KIP-482), for fields in the tagged section. */
  readonly tag?: number;
  /** Versions in which the field is in the tagged section, when not all of its versions. */
  readonly tagged?: Versions;
  /** The field may be left out when encoding, which is what an array or structure says instead of a default. */
  readonly optional?: true;
  /** Versions in which the field itself is flexible, when that differs from the message (clientId in the header). */
  readonly flexible?: Versions;
}

/** A declared field. `Out` is what decoding gives, `In` what encoding takes; `Optional` fields may be left out. */
export interface Field<Out = unknown, In = unknown, Optional extends boolean = boolean> {
  readonly type: PrimitiveType | "array" | "struct";
  readonly versions: VersionRange;
  readonly nullable: VersionRange;
  readonly tagged: VersionRange;
  readonly tag: number | undefined;
  readonly flexible: VersionRange | undefined;
  readonly default: number | string | boolean | null | undefined;
  /** The element of an array. */
  readonly element: Field | undefined;
  /** The fields of a struct. */
  readonly fields: Fields | undefined;
  /** For the type checker only; never there at run time. */
  readonly phantom?: { readonly out: Out; readonly in: In; readonly optional: Optional };
}

export type Fields = { readonly [name: string]: Field };

type OutOf<F> = F extends Field<infer Out, infer _In, infer _Optional> ? Out : never;
type InOf<F> = F extends Field<infer _Out, infer In, infer _Optional> ? In : never;
type OptionalKeys<S extends Fields> = {
  [K in keyof S]: S[K] extends Field<infer _O, infer _I, infer Optional> ? Optional extends true ? K : never
    : never;
}[keyof S];

/** The decoded form of a set of fields. */
export type StructOut<S extends Fields> = { -readonly [K in keyof S]: OutOf<S[K]> };
/** What encoding takes for a set of fields. */
export type StructIn<S extends Fields> =
  & { readonly [K in Exclude<keyof S, OptionalKeys<S>>]: InOf<S[K]> }
  & { readonly [K in OptionalKeys<S>]?: InOf<S[K]> | undefined };

type OrNull<O extends FieldOptions> = O extends { nullable: Versions } ? null : never;
type IsOptional<O extends FieldOptions> = O extends { tag: number } ? true
  : O extends { optional: true } ? true
  : O extends { default: number | string | boolean | null } ? true
  : false;

/** A message: a request, a response, a header, or the key or value of a record. */
export interface Message<S extends Fields = Fields> {
  readonly name: string;
  readonly versions: VersionRange;
  readonly flexible: VersionRange;
  readonly fields: S;
}

/** The type that decoding a message gives. */
export type Decoded<M> = M extends Message<infer S> ? StructOut<S> : never;
/** The type that encoding a message takes: a decoded one will do, and defaults may be left out. */
export type Encodable<M> = M extends Message<infer S> ? StructIn<S> : never;

/** Declares a message. */
export function message<const S extends Fields>(
  name: string,
  declaration: { readonly versions: Versions; readonly flexible: Versions; readonly fields: S },
): Message<S> {
  return {
    name,
    versions: parseVersions(declaration.versions),
    flexible: parseVersions(declaration.flexible),
    fields: declaration.fields,
  };
}

/** An API of the wire protocol: its key, and the request and response that share its versions. */
export interface Api<Req extends Message = Message, Res extends Message = Message> {
  readonly key: number;
  readonly name: string;
  readonly request: Req;
  readonly response: Res;
}

/** Declares an API. */
export function api<Req extends Message, Res extends Message>(
  key: number,
  name: string,
  request: Req,
  response: Res,
): Api<Req, Res> {
  return { key, name, request, response };
}

const none = parseVersions("none");

function field(
  type: Field["type"],
  versions: Versions,
  options: FieldOptions,
  nested: { element?: Field; fields?: Fields } = {},
): Field {
  const range = parseVersions(versions);
  const tagged = options.tagged !== undefined
    ? parseVersions(options.tagged)
    : options.tag !== undefined
    ? range
    : none;
  return {
    type,
    versions: range,
    nullable: options.nullable === undefined ? none : parseVersions(options.nullable),
    tagged,
    tag: options.tag,
    flexible: options.flexible === undefined ? undefined : parseVersions(options.flexible),
    default: options.default,
    element: nested.element,
    fields: nested.fields,
  };
}

type Declare<Out, In = Out> = <const O extends FieldOptions = Record<never, never>>(
  versions: Versions,
  options?: O,
) => Field<Out | OrNull<O>, In | OrNull<O>, IsOptional<O>>;

function primitive<Out, In = Out>(type: PrimitiveType): Declare<Out, In> {
  return ((versions: Versions, options: FieldOptions = {}) => field(type, versions, options)) as Declare<
    Out,
    In
  >;
}

export const bool = primitive<boolean>("bool");
export const int8 = primitive<number>("int8");
export const int16 = primitive<number>("int16");
export const uint16 = primitive<number>("uint16");
export const int32 = primitive<number>("int32");
export const uint32 = primitive<number>("uint32");
/** A number within 2^53-1; decoding refuses anything larger. */
export const int64 = primitive<number>("int64");
/** An int64 whose whole range is used, such as a hash. Absent means zero; no other default can be declared. */
export const bigInt64 = primitive<bigint>("bigint64");
export const float64 = primitive<number>("float64");
export const string = primitive<string>("string");
export const bytes = primitive<Uint8Array>("bytes");
/** Record batches: decoded as a view of the receive buffer, encoded from bytes or straight from a file. */
export const records = primitive<Uint8Array, Uint8Array | BytesSource>("records");
export const uuid = primitive<Uuid, string>("uuid");

/** A nested structure. */
export function struct<const S extends Fields, const O extends FieldOptions = Record<never, never>>(
  versions: Versions,
  fields: S,
  options?: O,
): Field<StructOut<S> | OrNull<O>, StructIn<S> | OrNull<O>, IsOptional<O>> {
  return field("struct", versions, options ?? {}, { fields }) as Field<
    StructOut<S> | OrNull<O>,
    StructIn<S> | OrNull<O>,
    IsOptional<O>
  >;
}

/** An array of structures. */
export function array<const S extends Fields, const O extends FieldOptions = Record<never, never>>(
  versions: Versions,
  fields: S,
  options?: O,
): Field<StructOut<S>[] | OrNull<O>, readonly StructIn<S>[] | OrNull<O>, IsOptional<O>> {
  const element = field("struct", "0+", {}, { fields });
  return field("array", versions, options ?? {}, { element }) as Field<
    StructOut<S>[] | OrNull<O>,
    readonly StructIn<S>[] | OrNull<O>,
    IsOptional<O>
  >;
}

/** An array of a primitive type, given by its declarer: `arrayOf(int32, "0+")`. */
export function arrayOf<Out, In, const O extends FieldOptions = Record<never, never>>(
  of: Declare<Out, In>,
  versions: Versions,
  options?: O,
): Field<Out[] | OrNull<O>, readonly In[] | OrNull<O>, IsOptional<O>> {
  const element = of("0+") as Field;
  return field("array", versions, options ?? {}, { element }) as Field<
    Out[] | OrNull<O>,
    readonly In[] | OrNull<O>,
    IsOptional<O>
  >;
}
