/** `POST /topics/{topic}/produce`: stores one record, or many. */

import type { Producer } from "../../../client/producer/producer.ts";
import type { ProducerRecord, RecordResult } from "../../../client/producer/options.ts";
import { contentTypeOf, parseJson, readText } from "../body.ts";
import type { RestContext } from "../context.ts";
import { partitionIndex, topicName } from "../params.ts";
import { Problem, problemBody, problemOf } from "../problem.ts";
import { route } from "../route.ts";
import {
  either,
  integer,
  InvalidValue,
  list,
  named,
  nullable,
  oneOf,
  optional,
  string,
  struct,
  withDefault,
} from "../schema.ts";
import { problemSchema } from "../problem_schema.ts";
import { defaultLimits } from "../context.ts";
import { readValue } from "../serve.ts";
import { type AcksName, acksNames } from "./producers.ts";
import { newRecord, recordOf } from "./record_json.ts";

const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";

type SentRecord = ProducerRecord & { readonly timestamp: number };

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

const batch = named(
  "NewRecords",
  struct({ records: list(newRecord, { minItems: 1, maxItems: defaultLimits.maxBatchRecords }) }),
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
    contentTypes: { [JSON_TYPE]: either("a record or records", [newRecord, batch]), [LINES_TYPE]: string() },
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
    const maxBytes = rest.http.config.get("http.max.body.bytes");
    const text = await readText(request, { maxBytes, timers: rest.http.timers });
    if (type === LINES_TYPE) return await produceMany(rest, topic, acks, lines(text, rest));
    const body = parseJson(text);
    if (!isBatch(body)) return { body: await produceOne(rest, topic, acks, body) };
    const { records } = readValue(batch, body);
    return await produceMany(rest, topic, acks, records.map((one, index) => read(one, rest, index)));
  },
});

function isBatch(body: unknown): boolean {
  return typeof body === "object" && body !== null && "records" in body;
}

/** One record from a JSON value that was read already; `index` is its place among many. */
function read(given: ReturnType<typeof newRecord.read>, rest: RestContext, index?: number): SentRecord {
  try {
    return recordOf(given, rest.http.clock.wallMs());
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    if (index !== undefined) error.inside(index).inside("records");
    return readValue({
      json: {},
      read: () => {
        throw error;
      },
    }, null);
  }
}

function lines(text: string, rest: RestContext): SentRecord[] {
  const { maxBatchRecords } = rest.limits;
  const found = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (found.length === 0) throw new Problem(422, "there is no record; wanted one a line");
  if (found.length > maxBatchRecords) {
    throw new Problem(413, `there are ${found.length} records; wanted at most ${maxBatchRecords}`);
  }
  return found.map((line, index) => {
    try {
      return read(readValue(newRecord, parseJson(line)), rest);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      throw new Problem(error.status, `line ${index + 1}: ${error.message}`, error.facts);
    }
  });
}

async function produceOne(rest: RestContext, topic: string, acks: AcksName, body: unknown) {
  const record = read(readValue(newRecord, body), rest);
  const result = await send(rest.producers.of(acks), topic, record);
  if (result.error !== null) throw problemOf(result.error);
  return { topic, ...placeOf(result, record) };
}

/** Resolves when the record is stored or has failed. Rejects when the topic is not to be had. */
export function send(producer: Producer, topic: string, record: ProducerRecord): Promise<RecordResult> {
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

async function produceMany(
  rest: RestContext,
  topic: string,
  acks: AcksName,
  records: readonly SentRecord[],
) {
  const producer = rest.producers.of(acks);
  const waiting: Promise<RecordResult>[] = [];
  for (const record of records) {
    waiting.push(
      new Promise((resolve, reject) => {
        producer.send(topic, record, resolve)?.catch(reject);
      }),
    );
  }
  const results = await Promise.all(waiting);
  const failures = results.filter((one) => one.error !== null);
  if (failures.length === results.length) throw problemOf(failures[0]!.error);
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
