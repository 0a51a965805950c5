// The JSON that Kafka's generated converters write, compared with what our codec decodes. Names are the same;
// bytes are base64; record batches appear only as their size, under the name with "SizeInBytes".

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Field, Fields } from "../../src/protocol/schema.ts";

/** JSON as Kafka writes it. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const sizeSuffix = "SizeInBytes";

/** The declared field that a member of Kafka's JSON stands for, and whether only its size is there. */
function fieldOf(
  fields: Fields,
  member: string,
): { name: string; field: Field; sizeOnly: boolean } | undefined {
  const exact = fields[member];
  if (exact !== undefined) return { name: member, field: exact, sizeOnly: false };
  if (!member.endsWith(sizeSuffix)) return undefined;
  const name = member.slice(0, -sizeSuffix.length);
  const field = fields[name];
  return field === undefined ? undefined : { name, field, sizeOnly: true };
}

/** Fails with the path of the first member of `json` that `decoded` lacks or has otherwise. */
export function assertMatchesKafkaJson(fields: Fields, json: Json, decoded: unknown, path: string): void {
  assert(json !== null && typeof json === "object" && !Array.isArray(json), `${path}: not a structure`);
  assert(decoded !== null && typeof decoded === "object", `${path}: decoded to ${decoded}`);
  for (const [member, value] of Object.entries(json)) {
    const found = fieldOf(fields, member);
    assert(found, `${path}.${member}: not declared`);
    const actual: unknown = (decoded as Record<string, unknown>)[found.name];
    if (found.sizeOnly) {
      assert.equal((actual as Uint8Array).byteLength, value, `${path}.${member}`);
    } else {
      assertValue(found.field, value, actual, `${path}.${member}`);
    }
  }
}

function assertValue(field: Field, json: Json, actual: unknown, path: string): void {
  if (json === null) return assert.equal(actual, null, path);
  if (field.type === "struct") return assertMatchesKafkaJson(field.fields!, json, actual, path);
  if (field.type === "array") {
    assert(Array.isArray(json) && Array.isArray(actual), `${path}: not an array`);
    assert.equal(actual.length, json.length, `${path}.length`);
    json.forEach((element, index) =>
      assertValue(field.element!, element, actual[index], `${path}[${index}]`)
    );
    return;
  }
  if (field.type === "bytes" || field.type === "records") {
    return assert.equal(Buffer.from(actual as Uint8Array).toString("base64"), json, path);
  }
  // JSON numbers lose the low bits of a large int64; that the bytes are the same when written again covers those.
  assert.equal(typeof actual === "bigint" ? Number(actual) : actual, json, path);
}

/**
 * Our value for Kafka's JSON; what the JSON leaves out is left out. Null when record batches would be needed.
 */
export function fromKafkaJson(fields: Fields, json: Json): Record<string, unknown> | null {
  const value: Record<string, unknown> = {};
  for (const [member, inner] of Object.entries(json as Record<string, Json>)) {
    const found = fieldOf(fields, member);
    if (found === undefined || found.sizeOnly) return null;
    const converted = convert(found.field, inner);
    if (converted === undefined) return null;
    value[found.name] = converted;
  }
  return value;
}

function convert(field: Field, json: Json): unknown {
  if (json === null) return null;
  if (field.type === "struct") return fromKafkaJson(field.fields!, json) ?? undefined;
  if (field.type === "array") {
    const items = (json as Json[]).map((element) => convert(field.element!, element));
    return items.includes(undefined) ? undefined : items;
  }
  if (field.type === "bytes" || field.type === "records") {
    return new Uint8Array(Buffer.from(json as string, "base64"));
  }
  return field.type === "bigint64" ? BigInt(json as number) : json;
}
