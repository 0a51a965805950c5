/**
 * `GET /topics/{topic}/records`: looks through a topic for records. One request looks at a bounded number of them and
 * says where the next one goes on, so that a search through a large topic holds up nobody.
 */

import type { Cluster } from "../../../client/cluster.ts";
import { fetchOnce } from "../../../client/consumer/fetch_once.ts";
import type { FetchedRecords } from "../../../client/consumer/fetched.ts";
import { startingPoints } from "../../../client/consumer/positions.ts";
import { BrokerError } from "../../../client/errors.ts";
import type { Isolation } from "../../../client/offsets.ts";
import type { TopicPartition } from "../../../client/leaders.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { positionOr, topicName } from "../params.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { boolean, integer, list, optional, type ShapeOf, string, struct, withDefault } from "../schema.ts";
import { freshTopic } from "../topics/describe.ts";
import { FETCH_BYTES, isolationParam, valueFormat } from "./consume.ts";
import type { ValueFormat } from "./json_values.ts";
import { partitionList } from "./partition_list.ts";
import { type RecordJson, recordJson, storedRecord } from "./record_json.ts";
import { recordFilter, type RecordTest, searchParams } from "./search_terms.ts";

/** The most bytes that one request looks at. */
const MAX_SCAN_BYTES = 33_554_432;
/** How long one request looks, in milliseconds. */
const MAX_SCAN_MS = 2_000;

const MAX_TIME = 253_402_300_799_999;

/** What the query says. */
const query = {
  from: positionOr("earliest", "Where to begin:"),
  partition: optional(partitionList),
  ...searchParams,
  since: optional(
    integer({ description: "Only records from this time on, in Unix milliseconds.", minimum: 0 }),
  ),
  until: optional(
    integer({ description: "Only records before this time, in Unix milliseconds.", minimum: 0 }),
  ),
  limit: withDefault(
    integer({ description: "The most records to answer with.", minimum: 1, maximum: 10_000 }),
    100,
  ),
  scan: withDefault(
    integer({ description: "The most records to look at.", minimum: 1, maximum: 1_000_000 }),
    100_000,
  ),
  continuation: optional(string({ description: "Where an earlier answer left off.", maxLength: 32_768 })),
  format: valueFormat,
  isolation: isolationParam,
};
type Query = ShapeOf<typeof query>;

export const browseRoute = route({
  method: "GET",
  path: "/topics/{topic}/records",
  operationId: "browseRecords",
  tag: "Records",
  summary: "Looks for records in a topic",
  description:
    "Looks through the partitions from `from` up to where they end now, at up to `scan` records. While " +
    "`isDone` is false, `continuation` is the parameter with which the search goes on.",
  params: { topic: topicName },
  query,
  success: {
    status: 200,
    description: "What was found.",
    schema: struct({
      topic: string(),
      records: list(storedRecord, { description: "By partition, and there oldest first." }),
      scanned: integer({ description: "How many records were looked at." }),
      isDone: boolean({ description: "Whether everything was looked at." }),
      continuation: optional(string()),
    }),
  },
  problems: [404, 422],
  async handle({ params: { topic }, query }, { reading, http }) {
    const ranges = query.continuation === undefined
      ? await newRanges(reading, topic, query)
      : rangesOf(query.continuation);
    const search = new Search(reading, topic, {
      ...query,
      test: testOf(query),
      endMs: http.clock.monotonicMs() + MAX_SCAN_MS,
    });
    for (const range of ranges) await search.run(range);
    const left = ranges.filter((range) => range.next < range.end);
    return {
      body: {
        topic,
        records: search.found,
        scanned: search.scanned,
        isDone: left.length === 0,
        ...(left.length === 0 ? {} : { continuation: continuationOf(left) }),
      },
    };
  },
});

/** What of a partition is still to be looked at. */
interface ScanRange {
  readonly partition: number;
  next: number;
  readonly end: number;
}

/** `PARTITION-NEXT-END`, separated by commas. */
export function continuationOf(ranges: readonly ScanRange[]): string {
  return ranges.map(({ partition, next, end }) => `${partition}-${next}-${end}`).join(",");
}

/** The reverse of {@link continuationOf}. Throws a {@link Problem} for a text that is none. */
export function rangesOf(text: string): ScanRange[] {
  return text.split(",").map((part) => {
    const match = /^(\d{1,9})-(\d{1,15})-(\d{1,15})$/.exec(part);
    if (match === null) throw new Problem(400, "the continuation is not one that an answer gave");
    return { partition: Number(match[1]), next: Number(match[2]), end: Number(match[3]) };
  });
}

async function newRanges(cluster: Cluster, topic: string, query: Query): Promise<ScanRange[]> {
  const { partitions } = await freshTopic(cluster, topic);
  const wanted = query.partition ?? partitions.map((one) => one.index);
  const from = query.since === undefined
    ? query.from
    : { at: "time" as const, timestampMs: Math.min(query.since, MAX_TIME) };
  const places = wanted.map((partition) => ({ topic, partition }));
  const points = await startingPoints(cluster, places, from, query.isolation);
  return points.map(({ partition, offset, startOffset, endOffset }) => ({
    partition,
    next: Math.max(startOffset, Math.min(offset, endOffset)),
    end: endOffset,
  }));
}

function testOf(query: Query): RecordTest {
  const holdsTerms = recordFilter(query);
  const since = query.since ?? -Infinity;
  const until = query.until ?? Infinity;
  return (record) => record.timestamp >= since && record.timestamp < until && holdsTerms(record);
}

interface SearchOptions {
  readonly test: RecordTest;
  readonly limit: number;
  readonly scan: number;
  readonly format: ValueFormat;
  readonly isolation: Isolation;
  readonly endMs: number;
}

/** One request's look through some ranges, within its bounds. */
class Search {
  readonly found: RecordJson[] = [];
  scanned = 0;
  readonly #cluster: Cluster;
  readonly #topic: string;
  readonly #options: SearchOptions;
  #bytes = 0;

  constructor(cluster: Cluster, topic: string, options: SearchOptions) {
    this.#cluster = cluster;
    this.#topic = topic;
    this.#options = options;
  }

  get #isOver(): boolean {
    const { limit, scan, endMs } = this.#options;
    return this.found.length >= limit || this.scanned >= scan || this.#bytes >= MAX_SCAN_BYTES ||
      this.#cluster.options.clock.monotonicMs() >= endMs;
  }

  async run(range: ScanRange): Promise<void> {
    const { test, limit, scan, format } = this.#options;
    while (range.next < range.end && !this.#isOver) {
      const place = { topic: this.#topic, partition: range.partition };
      const fetched = await this.#fetch(place, range);
      if (fetched === null) continue;
      let next = Math.min(fetched.nextOffset, range.end);
      fetched.forEach((record) => {
        if (record.offset >= range.end) return false;
        if (this.found.length >= limit || this.scanned >= scan) {
          next = record.offset;
          return false;
        }
        this.scanned++;
        if (test(record)) this.found.push(recordJson(record, place, format));
        return true;
      });
      this.#bytes += fetched.sizeBytes;
      // Nothing more is there, as after a transaction that is still open.
      if (fetched.isEmpty) next = range.end;
      range.next = next;
      await this.#cluster.options.timers.yield();
    }
  }

  /** The next piece of a range; null when what was there is gone, and the range begins later now. */
  async #fetch(place: TopicPartition, range: ScanRange): Promise<FetchedRecords | null> {
    const { isolation } = this.#options;
    try {
      const piece = { offset: range.next, maxBytes: FETCH_BYTES, maxWaitMs: 0, isolation };
      return await fetchOnce(this.#cluster, place, piece);
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== ErrorCode.OFFSET_OUT_OF_RANGE) throw error;
      const [{ startOffset } = { startOffset: -1 }] = await startingPoints(this.#cluster, [place], {
        at: "start",
      });
      range.next = startOffset > range.next ? Math.min(startOffset, range.end) : range.end;
      return null;
    }
  }
}
