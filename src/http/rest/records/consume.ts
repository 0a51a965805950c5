/** `GET /topics/{topic}/partitions/{partition}/consume`: some records of one partition, waiting for them if wished. */

import type { Cluster } from "../../../client/cluster.ts";
import { fetchOnce } from "../../../client/consumer/fetch_once.ts";
import { type Position, type StartingPoint, startingPoints } from "../../../client/consumer/positions.ts";
import { BrokerError } from "../../../client/errors.ts";
import type { TopicPartition } from "../../../client/leaders.ts";
import type { Isolation } from "../../../client/offsets.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { partitionIndex, positionOr, topicName } from "../params.ts";
import { route } from "../route.ts";
import type { RestContext } from "../context.ts";
import { integer, list, oneOf, string, struct, withDefault } from "../schema.ts";
import { type ValueFormat, valueFormats } from "./json_values.ts";
import { type RecordJson, recordJson, storedRecord } from "./record_json.ts";

/** The most bytes of one fetch, so that no request keeps the loop for long. */
export const FETCH_BYTES = 262_144;
/** The most bytes of records that one answer is made of. */
const MAX_ANSWER_BYTES = 4_194_304;

export const valueFormat = withDefault(
  oneOf(valueFormats, {
    description:
      "How keys and values are shown: `text` where they are UTF-8 and base64 otherwise, `json` parsed " +
      "where they are JSON, or always `base64`.",
  }),
  "text",
);

export const isolationParam = withDefault(
  oneOf(["read_uncommitted", "read_committed"], {
    description: "Whether records of transactions that are open or aborted are shown.",
  }),
  "read_uncommitted",
);

interface Wish {
  readonly limit: number;
  readonly format: ValueFormat;
  readonly isolation: Isolation;
}

interface Taken {
  readonly records: RecordJson[];
  nextOffset: number;
}

export const consumeRoute = route({
  method: "GET",
  path: "/topics/{topic}/partitions/{partition}/consume",
  operationId: "consume",
  tag: "Records",
  summary: "Records of a partition from an offset on",
  description:
    "Answers at once with what there is. Only when there is nothing does it wait, as long as `timeout` " +
    "says. The `nextOffset` of an answer is where the next request goes on.",
  params: { topic: topicName, partition: partitionIndex },
  query: {
    offset: positionOr("earliest", "Where to begin:"),
    limit: withDefault(integer({ description: "The most records.", minimum: 1, maximum: 10_000 }), 100),
    timeout: withDefault(
      integer({
        description: "How long to wait for a first record, in milliseconds.",
        minimum: 0,
        maximum: 60_000,
      }),
      0,
    ),
    format: valueFormat,
    isolation: isolationParam,
  },
  success: {
    status: 200,
    description: "The records, oldest first.",
    schema: struct({
      topic: string(),
      partition: partitionIndex,
      records: list(storedRecord),
      nextOffset: integer({ description: "Where to go on." }),
      startOffset: integer({ description: "The first offset of the partition." }),
      endOffset: integer({ description: "Where the partition ended when the request came." }),
    }),
  },
  problems: [404, 422],
  async handle({ params, query: { offset, timeout, ...wish } }, rest) {
    const place = { topic: params.topic, partition: params.partition };
    const point = await startingPoint(rest.reading, place, offset, wish.isolation);
    const { startOffset, endOffset } = point;
    const taken = point.offset < endOffset
      ? await take(rest.reading, place, point, wish)
      : await wait(rest, place, point, { ...wish, timeoutMs: timeout });
    return { body: { ...place, ...taken, startOffset, endOffset } };
  },
});

/** Where reading begins. Throws `BrokerError` for an offset that is not there. */
export async function startingPoint(
  cluster: Cluster,
  place: TopicPartition,
  position: Position,
  isolation: Isolation,
): Promise<StartingPoint> {
  const [point] = await startingPoints(cluster, [place], position, isolation);
  const { offset, startOffset, endOffset } = point!;
  if (offset >= startOffset && offset <= endOffset) return point!;
  throw new BrokerError(
    `read ${place.topic}-${place.partition} at offset ${offset}`,
    ErrorCode.OFFSET_OUT_OF_RANGE,
    `the partition holds ${startOffset} to ${endOffset}`,
  );
}

/** What is there, up to the limit. */
async function take(
  cluster: Cluster,
  place: TopicPartition,
  { offset, endOffset }: StartingPoint,
  wish: Wish,
): Promise<Taken> {
  const taken: Taken = { records: [], nextOffset: offset };
  let bytes = 0;
  while (taken.nextOffset < endOffset && taken.records.length < wish.limit && bytes < MAX_ANSWER_BYTES) {
    const { sizeBytes, isEmpty } = await takeOnce(cluster, place, taken, { ...wish, maxWaitMs: 0 });
    if (isEmpty) break;
    bytes += sizeBytes;
  }
  return taken;
}

/** Waits for a first record. */
function wait(
  rest: RestContext,
  place: TopicPartition,
  { offset }: StartingPoint,
  wish: Wish & { readonly timeoutMs: number },
): Promise<Taken> | Taken {
  const taken: Taken = { records: [], nextOffset: offset };
  if (wish.timeoutMs === 0) return taken;
  return rest.alone(async (cluster) => {
    const { clock } = rest.http;
    const endMs = clock.monotonicMs() + wish.timeoutMs;
    for (let leftMs = wish.timeoutMs; leftMs > 0 && taken.records.length === 0;) {
      await takeOnce(cluster, place, taken, { ...wish, maxWaitMs: Math.ceil(leftMs) });
      leftMs = endMs - clock.monotonicMs();
    }
    return taken;
  }, rest.waiting);
}

async function takeOnce(
  cluster: Cluster,
  place: TopicPartition,
  taken: Taken,
  { limit, format, isolation, maxWaitMs }: Wish & { readonly maxWaitMs: number },
) {
  const fetched = await fetchOnce(cluster, place, {
    offset: taken.nextOffset,
    maxBytes: FETCH_BYTES,
    maxWaitMs,
    isolation,
  });
  taken.nextOffset = fetched.nextOffset;
  fetched.forEach((record) => {
    if (taken.records.length === limit) {
      taken.nextOffset = record.offset;
      return false;
    }
    taken.records.push(recordJson(record, place, format));
    return true;
  });
  return fetched;
}
