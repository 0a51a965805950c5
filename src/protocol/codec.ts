/**
 * Compiles a message declaration into a decoder and an encoder for one version. What is compiled is the text of two
 * functions per structure with every version question already answered, so that the hot messages cost no table walk.
 * Compilation happens at the first use of a version and is kept.
 */

import { assert } from "../core/assert.ts";
import type { ByteReader, ByteWriter } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import { ZERO_UUID } from "../core/uuid.ts";
import type { Decoded, Encodable, Field, Fields, Message } from "./schema.ts";
import { inRange } from "./versions.ts";

/** Reads and writes one message at one version. */
export interface Codec<M extends Message> {
  /** Throws `DecodeError` when the bytes are not such a message. Byte fields are views of the reader's bytes. */
  decode(reader: ByteReader): Decoded<M>;
  encode(writer: ByteWriter, value: Encodable<M>): void;
}

const compiled = new WeakMap<Message, Codec<Message>[]>();

/** The codec of `message` at `version`; asking for a version it does not have is a bug of the caller. */
export function codecOf<M extends Message>(message: M, version: number): Codec<M> {
  let codecs = compiled.get(message);
  if (codecs === undefined) {
    codecs = [];
    compiled.set(message, codecs);
  }
  const known = codecs[version];
  if (known !== undefined) return known as unknown as Codec<M>;
  assert(inRange(version, message.versions), `${message.name} has no version ${version}`);
  const codec = new Compiler(message, version).compile();
  codecs[version] = codec;
  return codec as unknown as Codec<M>;
}

/** Whether `version` of `message` uses compact types and tagged fields (KIP-482). */
export function isFlexible(message: Message, version: number): boolean {
  return inRange(version, message.flexible);
}

/** Reader and writer method suffixes of the types that have one fixed form. */
const fixedMethods: Partial<Record<Field["type"], string>> = {
  bool: "Bool",
  int8: "Int8",
  int16: "Int16",
  uint16: "Uint16",
  int32: "Int32",
  uint32: "Uint32",
  int64: "Int64",
  bigint64: "BigInt64",
  float64: "Float64",
  uuid: "Uuid",
};

/** The fewest bytes a value of a type can take, which bounds array lengths before anything is allocated. */
const fixedBytes: Partial<Record<Field["type"], number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  bigint64: 8,
  float64: 8,
  uuid: 16,
};

function nullNotAllowed(what: string): never {
  throw new DecodeError(`read ${what}: null is not allowed in this version`);
}

function nullGiven(what: string): never {
  assert(false, `${what} must not be null in this version`);
}

class Compiler {
  readonly #message: Message;
  readonly #version: number;
  readonly #source: string[] = [];
  #structs = 0;

  constructor(message: Message, version: number) {
    this.#message = message;
    this.#version = version;
  }

  compile(): Codec<Message> {
    const root = this.#struct(this.#message.fields, this.#message.name);
    const text = `"use strict";\n${this.#source.join("\n")}\nreturn { decode: d${root}, encode: e${root} };`;
    return new Function("nullNotAllowed", "nullGiven", text)(nullNotAllowed, nullGiven) as Codec<Message>;
  }

  /** Emits d<id> (decode), e<id> (encode), z<id> (defaults) and q<id> (is it the default?) of a structure. */
  #struct(fields: Fields, path: string): number {
    const id = this.#structs++;
    const flexible = isFlexible(this.#message, this.#version);
    const decode: string[] = [];
    const encode: string[] = [];
    const taggedDecode: string[] = [];
    const tagged: { tag: number; encode: string; isSet: string }[] = [];
    const literal: string[] = [];
    const defaults: string[] = [];
    const comparisons: string[] = [];
    let index = 0;
    for (const [name, declared] of Object.entries(fields)) {
      const present = inRange(this.#version, declared.versions);
      const local = `f${index++}`;
      const where = `${path}.${name}`;
      const nested = present ? this.#nested(declared, where) : -1;
      const fallback = this.#default(declared, nested);
      literal.push(`${name}: ${local}`);
      defaults.push(`${name}: ${fallback}`);
      comparisons.push(this.#isDefault(declared, `v.${name}`, nested));
      if (!present) {
        decode.push(`const ${local} = ${fallback};`);
        continue;
      }
      const value = `v.${name} === undefined ? ${fallback} : v.${name}`;
      if (this.#isTagged(declared)) {
        decode.push(`let ${local} = ${fallback};`);
        taggedDecode.push(
          `case ${declared.tag}: ${this.#read(declared, `${local} =`, where, nested)} break;`,
        );
        tagged.push({
          tag: declared.tag ?? 0,
          encode: `{ const x = v.${name}; ${this.#write(declared, "x", where, nested)} }`,
          isSet: `!(${this.#isDefault(declared, `v.${name}`, nested)})`,
        });
        continue;
      }
      decode.push(`let ${local}; ${this.#read(declared, `${local} =`, where, nested)}`);
      encode.push(`{ const x = ${value}; ${this.#write(declared, "x", where, nested)} }`);
    }
    if (flexible) {
      decode.push(this.#decodeTagged(taggedDecode));
      encode.push(this.#encodeTagged(tagged));
    }
    this.#source.push(
      `function z${id}() { return { ${defaults.join(", ")} }; }`,
      `function q${id}(v) { return ${comparisons.join(" && ") || "true"}; }`,
      `function d${id}(r) { ${decode.join("\n")}\nreturn { ${literal.join(", ")} }; }`,
      `function e${id}(w, v) { ${encode.join("\n")} }`,
    );
    return id;
  }

  #decodeTagged(cases: string[]): string {
    if (cases.length === 0) return "r.skipTaggedFields();";
    return `for (let n = r.readUvarint(); n > 0; n--) {
      const tag = r.readUvarint(), size = r.readUvarint(), at = r.take(size), after = r.position;
      r.position = at;
      switch (tag) { ${cases.join("\n")} }
      r.endTagged(tag, after);
    }`;
  }

  #encodeTagged(tagged: { tag: number; encode: string; isSet: string }[]): string {
    if (tagged.length === 0) return "w.writeUvarint(0);";
    const inOrder = [...tagged].sort((a, b) => a.tag - b.tag);
    const flags = inOrder.map((one, index) => `const s${index} = ${one.isSet};`).join(" ");
    const count = inOrder.map((_, index) => `(s${index} ? 1 : 0)`).join(" + ");
    const bodies = inOrder.map((one, index) =>
      `if (s${index}) { w.writeUvarint(${one.tag}); const m = w.beginSized(); ${one.encode} w.endSized(m); }`
    );
    return `${flags} w.writeUvarint(${count}); ${bodies.join("\n")}`;
  }

  /** Compiles the structure inside a field, when there is one; -1 otherwise. */
  #nested(declared: Field, path: string): number {
    const inner = declared.type === "array" ? declared.element : declared;
    return inner?.fields === undefined ? -1 : this.#struct(inner.fields, path);
  }

  #default(declared: Field, nested: number): string {
    if (declared.default !== undefined && declared.type !== "struct" && declared.type !== "array") {
      return JSON.stringify(declared.default);
    }
    if (declared.default === null) return "null";
    switch (declared.type) {
      case "bool":
        return "false";
      case "bigint64":
        return "0n";
      case "string":
        return `""`;
      case "uuid":
        return JSON.stringify(ZERO_UUID);
      case "bytes":
      case "records":
        return "new Uint8Array(0)";
      case "array":
        return "[]";
      case "struct":
        return nested >= 0 ? `z${nested}()` : this.#absentStruct(declared);
      default:
        return "0";
    }
  }

  /** The defaults of a structure that this version does not have, for the decoded value's type to hold. */
  #absentStruct(declared: Field): string {
    const members = Object.entries(declared.fields ?? {})
      .map(([name, member]) => `${name}: ${this.#default(member, -1)}`);
    return `{ ${members.join(", ")} }`;
  }

  #isDefault(declared: Field, value: string, nested: number): string {
    if (declared.default === null) return `${value} == null`;
    switch (declared.type) {
      case "array":
      case "bytes":
      case "records":
        return `(${value} === undefined || (${value} !== null && ${value}.${
          declared.type === "array" ? "length" : "byteLength"
        } === 0))`;
      case "struct":
        return nested >= 0
          ? `(${value} === undefined || (${value} !== null && q${nested}(${value})))`
          : "true";
      default:
        return `(${value} === undefined || ${value} === ${this.#default(declared, nested)})`;
    }
  }

  /** Tagged structures that may be null say so with an unsigned varint, the others with an int8. */
  #isTagged(declared: Field): boolean {
    return isFlexible(this.#message, this.#version) && inRange(this.#version, declared.tagged);
  }

  #isFlexibleField(declared: Field): boolean {
    if (declared.flexible !== undefined) return inRange(this.#version, declared.flexible);
    return isFlexible(this.#message, this.#version);
  }

  /** The statement that reads a field into `target` (which ends in "="). */
  #read(declared: Field, target: string, path: string, nested: number): string {
    const nullable = inRange(this.#version, declared.nullable);
    const compact = this.#isFlexibleField(declared) ? "Compact" : "";
    const fixed = fixedMethods[declared.type];
    if (fixed !== undefined) return `${target} r.read${fixed}();`;
    switch (declared.type) {
      case "string":
        return `${target} r.read${compact}${nullable ? "Nullable" : ""}String();`;
      case "bytes":
      case "records":
        return `${target} r.read${compact}${nullable ? "Nullable" : ""}Bytes();`;
      case "struct":
        return nullable
          ? `if (${
            this.#isTagged(declared) ? "r.readUvarint() === 0" : "r.readInt8() < 0"
          }) { ${target} null; } else { ${target} d${nested}(r); }`
          : `${target} d${nested}(r);`;
      default: {
        const element = declared.element!;
        const readElement = this.#read(element, "items[i] =", path, nested);
        const onNull = nullable ? `${target} null;` : `nullNotAllowed(${JSON.stringify(path)});`;
        return `{ const length = r.read${compact}ArrayLength(${this.#minBytes(element)});
          if (length < 0) { ${onNull} }
          else { const items = new Array(length); for (let i = 0; i < length; i++) { ${readElement} } ${target} items; } }`;
      }
    }
  }

  /** The statements that write the value named `value`. */
  #write(declared: Field, value: string, path: string, nested: number): string {
    const nullable = inRange(this.#version, declared.nullable);
    const compact = this.#isFlexibleField(declared) ? "Compact" : "";
    const fixed = fixedMethods[declared.type];
    if (fixed !== undefined) return `w.write${fixed}(${value});`;
    const refuseNull = nullable ? "" : `if (${value} === null) nullGiven(${JSON.stringify(path)});`;
    switch (declared.type) {
      case "string":
        return `${refuseNull} w.write${compact}${nullable ? "Nullable" : ""}String(${value});`;
      case "bytes":
      case "records":
        return `${refuseNull} w.write${compact}${nullable ? "Nullable" : ""}Bytes(${value});`;
      case "struct":
        return nullable
          ? `if (${value} === null) { ${this.#isTagged(declared) ? "w.writeUvarint(0)" : "w.writeInt8(-1)"}; }
            else { w.writeInt8(1); e${nested}(w, ${value}); }`
          : `${refuseNull} e${nested}(w, ${value});`;
      default: {
        const writeLength = (length: string) =>
          compact ? `w.writeUvarint(${length} + 1);` : `w.writeInt32(${length});`;
        const writeElement = this.#write(declared.element!, `${value}[i]`, path, nested);
        const body = `${
          writeLength(`${value}.length`)
        } for (let i = 0; i < ${value}.length; i++) { ${writeElement} }`;
        return nullable
          ? `if (${value} === null) { ${writeLength("-1")} } else { ${body} }`
          : `${refuseNull} ${body}`;
      }
    }
  }

  #minBytes(declared: Field): number {
    const fixed = fixedBytes[declared.type];
    if (fixed !== undefined) return fixed;
    const compact = this.#isFlexibleField(declared);
    switch (declared.type) {
      case "string":
        return compact ? 1 : 2;
      case "bytes":
      case "records":
      case "array":
        return compact ? 1 : 4;
      default: {
        if (inRange(this.#version, declared.nullable)) return 1;
        const flexible = isFlexible(this.#message, this.#version);
        let total = flexible ? 1 : 0;
        for (const member of Object.values(declared.fields ?? {})) {
          if (!inRange(this.#version, member.versions)) continue;
          if (flexible && inRange(this.#version, member.tagged)) continue;
          total += this.#minBytes(member);
        }
        return Math.max(1, total);
      }
    }
  }
}
