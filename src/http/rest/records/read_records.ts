/** From the body of a request to the records that it wants stored. */

import type { ProducerRecord } from "../../../client/producer/options.ts";
import { parseJson } from "../body.ts";
import { defaultLimits, type RestContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { type Infer, InvalidValue, list, named, type Schema, struct } from "../schema.ts";
import { readValue } from "../serve.ts";
import { newRecord, recordOf } from "./record_json.ts";

/** A record that knows when it was made. */
export type SentRecord = ProducerRecord & { readonly timestamp: number };

/** Many records to produce. */
export const newRecords = named(
  "NewRecords",
  struct({ records: list(newRecord, { minItems: 1, maxItems: defaultLimits.maxBatchRecords }) }),
);

/** The records of a body in JSON: one record, which comes alone, or an object with `records`. */
export function recordsOf(body: unknown, rest: RestContext): SentRecord | SentRecord[] {
  const nowMs = rest.http.clock.wallMs();
  return readValue<SentRecord | SentRecord[]>(
    typeof body === "object" && body !== null && "records" in body ? many(nowMs) : one(nowMs),
    body,
  );
}

function one(nowMs: number): Schema<SentRecord> {
  return { json: {}, read: (value) => recordOf(newRecord.read(value), nowMs) };
}

function many(nowMs: number): Schema<SentRecord[]> {
  return {
    json: {},
    read: (value) => newRecords.read(value).records.map((one, index) => sent(one, nowMs, index)),
  };
}

function sent(given: Infer<typeof newRecord>, nowMs: number, index: number): SentRecord {
  try {
    return recordOf(given, nowMs);
  } catch (error) {
    throw error instanceof InvalidValue ? error.inside(index).inside("records") : error;
  }
}

/** The records of a text with one a line (NDJSON). */
export function recordsOfLines(text: string, rest: RestContext): SentRecord[] {
  const { maxBatchRecords } = rest.limits;
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length === 0) throw new Problem(422, "there is no record; wanted one a line");
  if (lines.length > maxBatchRecords) {
    throw new Problem(413, `there are ${lines.length} records; wanted at most ${maxBatchRecords}`);
  }
  const schema = one(rest.http.clock.wallMs());
  return lines.map((line, index) => {
    try {
      return readValue(schema, parseJson(line));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      throw new Problem(error.status, `line ${index + 1}: ${error.message}`, error.facts);
    }
  });
}
