/**
 * Holds every message we declare, at every version, against Kafka's own definitions, which lie beside the
 * repository in ../shared/kafka-protocol (or in SLUICE_KAFKA_PROTOCOL). Says so and passes where they are absent.
 *
 *     deno run -A scripts/check_schema.ts
 */

import { ZERO_UUID } from "../src/core/uuid.ts";
import * as metadataRecords from "../src/metadata/records.ts";
import * as headers from "../src/protocol/header.ts";
import { apis } from "../src/protocol/messages/index.ts";
import * as consumerGroup from "../src/protocol/records/consumer_group.ts";
import * as consumerProtocol from "../src/protocol/records/consumer_protocol.ts";
import * as control from "../src/protocol/records/control.ts";
import * as offsets from "../src/protocol/records/offsets.ts";
import * as quorumState from "../src/protocol/records/quorum_state.ts";
import * as shareGroup from "../src/protocol/records/share_group.ts";
import * as shareState from "../src/protocol/records/share_state.ts";
import * as storage from "../src/protocol/records/storage.ts";
import * as streamsGroup from "../src/protocol/records/streams_group.ts";
import * as transaction from "../src/protocol/records/transaction.ts";
import { type Fields, type Message, OWN_TAGS } from "../src/protocol/schema.ts";
import { inRange, parseVersions, type VersionRange, type Versions } from "../src/protocol/versions.ts";

/** A field of Kafka's definition files, as far as the wire is concerned. */
interface KafkaField {
  readonly name: string;
  readonly type: string;
  readonly versions?: Versions;
  readonly nullableVersions?: Versions;
  readonly taggedVersions?: Versions;
  readonly flexibleVersions?: Versions;
  readonly tag?: number;
  readonly default?: unknown;
  readonly fields?: readonly KafkaField[];
}

interface KafkaMessage {
  readonly apiKey?: number;
  readonly type: string;
  readonly name: string;
  readonly validVersions: Versions;
  readonly flexibleVersions?: Versions;
  readonly fields: readonly KafkaField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[];
}

/** What one field is on the wire in one version; two sides agree when these are equal. */
interface Shape {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly tag: number | null;
  readonly compact: boolean;
  readonly default: string;
  readonly fields: readonly Shape[] | null;
}

const primitives = new Set([
  "bool",
  "int8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "float64",
  "string",
  "bytes",
  "records",
  "uuid",
]);

const never: VersionRange = parseVersions("none");
const rangeOf = (text: Versions | undefined): VersionRange =>
  text === undefined ? never : parseVersions(text);

function definitionsFolder(): URL {
  const given = Deno.env.get("SLUICE_KAFKA_PROTOCOL");
  return given === undefined
    ? new URL("../../shared/kafka-protocol/", import.meta.url)
    : new URL(`file://${given}/`);
}

function* definitionFiles(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.isDirectory) yield* definitionFiles(new URL(`${entry.name}/`, folder));
    else if (entry.name.endsWith(".json")) yield new URL(entry.name, folder);
  }
}

function readDefinition(file: URL): KafkaMessage {
  const text = Deno.readTextFileSync(file).replace(/^\s*\/\/.*$/gm, "").replace(/\/\/[^"\n]*$/gm, "");
  return JSON.parse(text) as KafkaMessage;
}

/** Kafka writes defaults as JSON values or as text; both become one text form. */
function normalDefault(type: string, declared: unknown): string {
  if (declared === null || declared === "null") return "null";
  if (type.startsWith("[]")) return "[]";
  if (!primitives.has(type)) return "{}";
  if (type === "bool") return String(declared ?? false);
  if (type === "string") return JSON.stringify(declared ?? "");
  if (type === "bytes" || type === "records") return "bytes";
  if (type === "uuid") return String(declared ?? ZERO_UUID);
  const number = Number(declared ?? 0);
  // The largest int64 is declared as the largest number we can hold; it is only ever a marker for "absent".
  return number >= Number.MAX_SAFE_INTEGER ? "max" : String(number);
}

function kafkaShapes(definition: KafkaMessage, fields: readonly KafkaField[], version: number): Shape[] {
  const flexible = inRange(version, rangeOf(definition.flexibleVersions));
  const shapes: Shape[] = [];
  for (const field of fields) {
    if (!inRange(version, rangeOf(field.versions ?? field.taggedVersions ?? "0+"))) continue;
    const inner = field.type.replace("[]", "");
    const nested = primitives.has(inner)
      ? null
      : field.fields ?? definition.commonStructs?.find((one) => one.name === inner)?.fields ?? [];
    const compact = field.flexibleVersions === undefined
      ? flexible
      : inRange(version, rangeOf(field.flexibleVersions));
    shapes.push({
      name: field.name[0]!.toLowerCase() + field.name.slice(1),
      type: nested === null ? field.type : field.type.startsWith("[]") ? "[]struct" : "struct",
      nullable: inRange(version, rangeOf(field.nullableVersions)),
      tag: flexible && inRange(version, rangeOf(field.taggedVersions)) ? field.tag ?? null : null,
      compact,
      // A bare null means to Kafka's generator that no default is declared; null itself is the text "null".
      default: normalDefault(field.type, field.default ?? undefined),
      fields: nested === null ? null : kafkaShapes(definition, nested, version),
    });
  }
  return inWireOrder(shapes);
}

function ourShapes(message: Message, fields: Fields, version: number): Shape[] {
  const flexible = inRange(version, message.flexible);
  const shapes: Shape[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (!inRange(version, field.versions) || (field.tag ?? 0) >= OWN_TAGS) continue;
    const inner = field.type === "array" ? field.element! : field;
    const nested = inner.fields ?? null;
    const innerType = inner.type === "bigint64" ? "int64" : inner.type; // the same bytes
    const type = (field.type === "array" ? "[]" : "") + innerType;
    shapes.push({
      name,
      type,
      nullable: inRange(version, field.nullable),
      tag: flexible && inRange(version, field.tagged) ? field.tag ?? null : null,
      compact: field.flexible === undefined ? flexible : inRange(version, field.flexible),
      default: normalDefault(type, field.default),
      fields: nested === null ? null : ourShapes(message, nested, version),
    });
  }
  return inWireOrder(shapes);
}

/** Fields in order, then tagged ones by tag: the order of a declaration's tagged fields does not matter. */
function inWireOrder(shapes: Shape[]): Shape[] {
  const plain = shapes.filter((shape) => shape.tag === null);
  const tagged = shapes.filter((shape) => shape.tag !== null).sort((a, b) => a.tag! - b.tag!);
  return [...plain, ...tagged];
}

/** Where two lists of shapes first differ, in words; null when they are equal. */
function difference(theirs: readonly Shape[], ours: readonly Shape[], path: string): string | null {
  for (let index = 0; index < Math.max(theirs.length, ours.length); index++) {
    const a = theirs[index];
    const b = ours[index];
    if (a?.name !== b?.name) {
      return `${path}: Kafka has ${a?.name ?? "nothing"} here, we have ${b?.name ?? "nothing"}`;
    }
    const { fields: theirFields, ...theirRest } = a!;
    const { fields: ourFields, ...ourRest } = b!;
    if (JSON.stringify(theirRest) !== JSON.stringify(ourRest)) {
      return `${path}.${a!.name}: Kafka says ${JSON.stringify(theirRest)}, we say ${JSON.stringify(ourRest)}`;
    }
    if (theirFields !== null && ourFields !== null) {
      const inner = difference(theirFields, ourFields, `${path}.${a!.name}`);
      if (inner !== null) return inner;
    }
  }
  return null;
}

/** Everything we declare, by Kafka's name. */
function declaredMessages(): Map<string, Message> {
  const modules = [
    metadataRecords,
    headers,
    consumerGroup,
    consumerProtocol,
    control,
    offsets,
    quorumState,
    shareGroup,
    shareState,
    storage,
    streamsGroup,
    transaction,
  ];
  const declared = new Map<string, Message>();
  for (const one of apis) {
    declared.set(one.request.name, one.request);
    declared.set(one.response.name, one.response);
  }
  for (const module of modules) {
    for (const value of Object.values(module)) {
      if (typeof value === "object" && "flexible" in value) declared.set(value.name, value as Message);
    }
  }
  return declared;
}

function checkMessage(definition: KafkaMessage, ours: Message): string[] {
  const problems: string[] = [];
  const theirs = rangeOf(definition.validVersions);
  if (theirs.min !== ours.versions.min || theirs.max !== ours.versions.max) {
    problems.push(
      `${definition.name}: Kafka has versions ${definition.validVersions}, we have ${ours.versions.min}-${ours.versions.max}`,
    );
  }
  for (let version = theirs.min; version <= theirs.max; version++) {
    if (inRange(version, rangeOf(definition.flexibleVersions)) !== inRange(version, ours.flexible)) {
      problems.push(`${definition.name} v${version}: one side is flexible, the other is not`);
    }
    const found = difference(
      kafkaShapes(definition, definition.fields, version),
      ourShapes(ours, ours.fields, version),
      `${definition.name} v${version}`,
    );
    if (found !== null) problems.push(found);
  }
  return problems;
}

function main(): number {
  let files: URL[];
  try {
    files = [...definitionFiles(definitionsFolder())];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(
      "schema: skipped, Kafka's definitions are not beside the repository (../shared/kafka-protocol)",
    );
    return 0;
  }
  const declared = declaredMessages();
  const problems: string[] = [];
  const missing: string[] = [];
  let versions = 0;
  for (const file of files) {
    const definition = readDefinition(file);
    if (definition.validVersions === "none") continue;
    const ours = declared.get(definition.name);
    if (ours === undefined) {
      missing.push(definition.name);
      continue;
    }
    declared.delete(definition.name);
    versions += ours.versions.max - ours.versions.min + 1;
    problems.push(...checkMessage(definition, ours));
    const ourApi = apis.find((one) => one.request === ours || one.response === ours);
    if (ourApi !== undefined && ourApi.key !== definition.apiKey) {
      problems.push(`${definition.name}: Kafka has API key ${definition.apiKey}, we have ${ourApi.key}`);
    }
  }
  for (const name of declared.keys()) problems.push(`${name}: declared, but Kafka has no such message`);
  for (const problem of problems) console.error(problem);
  if (missing.length > 0) console.log(`schema: not declared yet: ${missing.sort().join(", ")}`);
  console.log(`schema: ${versions} versions of messages compared, ${problems.length} differences`);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
