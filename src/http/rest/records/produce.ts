/** `POST /topics/{topic}/produce`: stores one record, or many. */

import type { Producer } from "../../../client/producer/producer.ts";
import type { RecordResult } from "../../../client/producer/options.ts";
import { contentTypeOf, parseJson } from "../body.ts";
import { partitionIndex, topicName } from "../params.ts";
import { Problem, problemBody, problemOf } from "../problem.ts";
import { problemSchema } from "../problem_schema.ts";
import { route } from "../route.ts";
import {
  either,
  integer,
  list,
  named,
  nullable,
  oneOf,
  optional,
  string,
  struct,
  withDefault,
} from "../schema.ts";
import { acksNames } from "./producers.ts";
import { newRecords, recordsOf, recordsOfLines, type SentRecord } from "./read_records.ts";
import { newRecord } from "./record_json.ts";

const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";

const place = {
  topic: string(),
  partition: partitionIndex,
  offset: nullable(integer({ description: "Null when the broker does not tell, as with acks of 0." })),
  timestamp: integer({
    description: "Unix milliseconds: its own, or the broker's where the topic wants that.",
  }),
};
const stored = named("Stored", struct(place));
const outcome = named(
  "Outcome",
  struct({
    partition: optional(place.partition),
    offset: optional(place.offset),
    timestamp: optional(place.timestamp),
    problem: optional(problemSchema),
  }, { description: "What became of one record: where it is stored, or the problem." }),
);
const outcomes = named(
  "Outcomes",
  struct({
    topic: string(),
    stored: integer({ description: "How many records are stored." }),
    failed: integer({ description: "How many are not." }),
    records: list(outcome, { description: "One for each record, in their order." }),
  }),
);

export const produceRoute = route({
  method: "POST",
  path: "/topics/{topic}/produce",
  operationId: "produce",
  tag: "Records",
  summary: "Stores a record, or many",
  description:
    "A body is one record, an object with `records`, or a record a line (NDJSON). Records of one " +
    "partition stay in their order. A topic that is not there is created when the brokers create topics by " +
    "themselves. When only some records of many are stored, the answer is a 207 that says which.",
  params: { topic: topicName },
  query: {
    acks: withDefault(
      oneOf(acksNames, {
        description: "Whether to wait for all replicas in sync, for the leader, or for nobody.",
      }),
      "all",
    ),
  },
  rawBody: {
    contentTypes: {
      [JSON_TYPE]: either("a record or records", [newRecord, newRecords]),
      [LINES_TYPE]: string(),
    },
  },
  success: {
    status: 200,
    description: "Everything is stored.",
    schema: either("one or many", [stored, outcomes]),
    also: { 207: "Some records are stored." },
  },
  problems: [404, 422],
  async handle({ params: { topic }, query: { acks }, request }, rest) {
    const type = contentTypeOf(request);
    if (type !== JSON_TYPE && type !== LINES_TYPE) {
      throw new Problem(415, `"${type}" is not what this takes; wanted ${JSON_TYPE} or ${LINES_TYPE}`, {
        headers: { accept: `${JSON_TYPE}, ${LINES_TYPE}` },
      });
    }
    const text = await rest.bodies.read(request, rest.http.config.get("http.max.body.bytes"));
    const records = type === LINES_TYPE ? recordsOfLines(text, rest) : recordsOf(parseJson(text), rest);
    return await produceAll(rest.producers.of(acks), topic, records);
  },
});

/** Stores one record, or many, and says what became of them. Throws when none of them is stored. */
export async function produceAll(
  producer: Producer,
  topic: string,
  records: SentRecord | readonly SentRecord[],
) {
  if (isList(records)) return await produceMany(producer, topic, records);
  const result = await send(producer, topic, records);
  if (result.error !== null) throw result.error;
  return { status: 200, body: { topic, ...placeOf(result, records) } };
}

function isList(records: SentRecord | readonly SentRecord[]): records is readonly SentRecord[] {
  return Array.isArray(records);
}

/** Resolves when the record is stored or has failed. Rejects when the topic is not to be had. */
function send(producer: Producer, topic: string, record: SentRecord): Promise<RecordResult> {
  return new Promise((resolve, reject) => {
    producer.send(topic, record, resolve)?.catch(reject);
  });
}

function placeOf({ partition, offset, logAppendTimeMs }: RecordResult, { timestamp }: SentRecord) {
  return {
    partition,
    offset: offset < 0 ? null : offset,
    timestamp: logAppendTimeMs < 0 ? timestamp : logAppendTimeMs,
  };
}

async function produceMany(producer: Producer, topic: string, records: readonly SentRecord[]) {
  const results = await Promise.all(records.map((one) => send(producer, topic, one)));
  const failures = results.filter((one) => one.error !== null);
  if (failures.length === results.length) throw failures[0]!.error;
  return {
    status: failures.length === 0 ? 200 : 207,
    body: {
      topic,
      stored: results.length - failures.length,
      failed: failures.length,
      records: results.map((result, index) =>
        result.error === null
          ? placeOf(result, records[index]!)
          : { problem: problemBody(problemOf(result.error)) }
      ),
    },
  };
}
