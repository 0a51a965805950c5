/** Records as the REST interface takes and gives them. */

import type { FetchedRecord } from "../../../client/consumer/fetched.ts";
import type { TopicPartition } from "../../../client/leaders.ts";
import type { ProducerRecord } from "../../../client/producer/options.ts";
import { partitionIndex } from "../params.ts";
import {
  anyJson,
  either,
  type Infer,
  integer,
  type Json,
  list,
  mapOf,
  named,
  nullable,
  optional,
  string,
  struct,
} from "../schema.ts";
import { bytesOf, shownBytes, type ValueFormat } from "./json_values.ts";

const base64 = (what: string) =>
  string({ description: `The ${what} as base64, for bytes that are no text.`, format: "byte" });
const bytesNote =
  "A string stands for its UTF-8 bytes, null for none, any other JSON value for its JSON text.";

const MAX_HEADERS = 1_000;

const header = named(
  "RecordHeader",
  struct({
    key: string({ description: "The name of the header; it may be there several times." }),
    value: optional(anyJson({ description: bytesNote })),
    valueBase64: optional(base64("value")),
  }),
);

/** A record to produce. */
export const newRecord = named(
  "NewRecord",
  struct({
    key: optional(anyJson({ description: `Decides on the partition unless one is given. ${bytesNote}` })),
    keyBase64: optional(base64("key")),
    value: optional(anyJson({ description: `${bytesNote} A null is a tombstone.` })),
    valueBase64: optional(base64("value")),
    headers: optional(either("an object, or a list of objects with key and value", [
      list(header, { maxItems: MAX_HEADERS }),
      mapOf(anyJson(), { maxProperties: MAX_HEADERS }),
    ], { description: "An object, or a list where a name is there several times or a value is base64." })),
    partition: optional(nullable(partitionIndex)),
    timestamp: optional(nullable(integer({
      description: "Unix milliseconds; now when left out.",
      minimum: 0,
      maximum: 253_402_300_799_999,
    }))),
  }, {
    description: "A record to store. A null value is a tombstone.",
    atLeastOne: ["value", "valueBase64"],
  }),
);
type NewRecord = Infer<typeof newRecord>;

const NO_HEADERS: NonNullable<ProducerRecord["headers"]> = [];

/** A record ready to send. Throws `InvalidValue` where its fields do not go together. */
export function recordOf(given: NewRecord, nowMs: number): ProducerRecord & { readonly timestamp: number } {
  const { partition, headers } = given;
  return {
    key: bytesOf("key", given.key, given.keyBase64),
    value: bytesOf("value", given.value, given.valueBase64),
    headers: headers === undefined ? NO_HEADERS : headersOf(headers),
    partition: partition ?? undefined,
    timestamp: given.timestamp ?? nowMs,
  };
}

function headersOf(headers: NonNullable<NewRecord["headers"]>): NonNullable<ProducerRecord["headers"]> {
  if (Array.isArray(headers)) {
    return (headers as readonly Infer<typeof header>[]).map(({ key, value, valueBase64 }) => ({
      key,
      value: bytesOf("value", value, valueBase64),
    }));
  }
  const entries = Object.entries(headers as Readonly<Record<string, Json>>);
  return entries.map(([key, value]) => ({ key, value: bytesOf(key, value, undefined) }));
}

/** A record that was stored. */
export const storedRecord = named(
  "Record",
  struct({
    topic: string(),
    partition: partitionIndex,
    offset: integer({ minimum: 0 }),
    timestamp: integer({ description: "Unix milliseconds; -1 when it has none." }),
    key: optional(anyJson({ description: "Null for none; left out when it is no text." })),
    keyBase64: optional(base64("key")),
    value: optional(anyJson({ description: "Null for a tombstone; left out when it is no text." })),
    valueBase64: optional(base64("value")),
    headers: list(header),
  }),
);

/** A stored record as JSON. */
export type RecordJson = Infer<typeof storedRecord>;

/** A record for JSON. What it says is copied: the record may be shown only for a moment. */
export function recordJson(
  record: FetchedRecord,
  { topic, partition }: TopicPartition,
  format: ValueFormat,
): RecordJson {
  const { offset, timestamp } = record;
  const headerFormat = format === "json" ? "text" : format;
  return {
    topic,
    partition,
    offset,
    timestamp,
    ...shownBytes("key", record.key, format),
    ...shownBytes("value", record.value, format),
    headers: record.headers.map(({ key, value }) => ({ key, ...shownBytes("value", value, headerFormat) })),
  };
}
