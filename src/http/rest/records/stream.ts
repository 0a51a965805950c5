/**
 * `GET /topics/{topic}/stream`: records as they come, as server-sent events. A slow reader holds the fetching back;
 * a reader that is gone ends it. Every event that ends a fetched piece has an id that says where all partitions go on,
 * which browsers send back when they connect again.
 */

import type { Cluster } from "../../../client/cluster.ts";
import type { FetchedRecords } from "../../../client/consumer/fetched.ts";
import { Fetcher } from "../../../client/consumer/fetcher.ts";
import { type Position, startingPoints } from "../../../client/consumer/positions.ts";
import type { Isolation } from "../../../client/offsets.ts";
import { encodeUtf8 } from "../../../core/bytes.ts";
import { messageOf } from "../../../core/errors.ts";
import type { Timer } from "../../../platform/platform.ts";
import type { RestContext } from "../context.ts";
import { positionOr, topicName } from "../params.ts";
import { Problem, problemBody, problemOf } from "../problem.ts";
import { route } from "../route.ts";
import { integer, optional, string } from "../schema.ts";
import { freshTopic } from "../topics/describe.ts";
import { isolationParam, startingPoint, valueFormat } from "./consume.ts";
import type { ValueFormat } from "./json_values.ts";
import { partitionList } from "./partition_list.ts";
import { recordJson } from "./record_json.ts";
import { recordFilter, type RecordTest, searchParams } from "./search_terms.ts";

/** How often a stream without records says that it lives, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** What is in memory for one stream, in bytes of fetched records. */
const MAX_BUFFERED_BYTES = 524_288;
const PIECE_BYTES = 131_072;
/** How long brokers may be out of reach before a stream ends, in milliseconds. */
const PATIENCE_MS = 30_000;

export const streamRoute = route({
  method: "GET",
  path: "/topics/{topic}/stream",
  operationId: "streamRecords",
  tag: "Records",
  summary: "Follows a topic: records as server-sent events",
  description:
    "Each record is an event `record` with the same JSON as in other answers. An event `problem` tells " +
    "why a stream ends early, an event `end` that `limit` is reached. `Last-Event-ID` goes on after an event.",
  params: { topic: topicName },
  query: {
    from: positionOr("latest", "Where to begin:"),
    partition: optional(partitionList),
    ...searchParams,
    limit: optional(integer({ description: "Ends the stream after so many records.", minimum: 1 })),
    format: valueFormat,
    isolation: isolationParam,
  },
  success: { status: 200, description: "The stream.", schema: string(), contentType: "text/event-stream" },
  problems: [404, 422],
  async handle({ params: { topic }, query, request }, rest) {
    const release = rest.streams.enter();
    const cluster = rest.openCluster();
    try {
      const offsets = await startOffsets(cluster, topic, query, request.headers.get("last-event-id"));
      const stream = new RecordStream(rest, cluster, {
        topic,
        offsets,
        isWhole: query.partition === undefined,
        accepts: recordFilter(query),
        format: query.format,
        limit: query.limit ?? Infinity,
        isolation: query.isolation,
        onEnd: release,
      });
      return new Response(stream.readable(), {
        headers: {
          "content-type": "text/event-stream",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
        },
      });
    } catch (error) {
      release();
      cluster.close();
      throw error;
    }
  },
});

interface StartQuery {
  readonly from: Position;
  readonly partition?: readonly number[] | undefined;
  readonly isolation: Isolation;
}

/** Where each partition begins. Throws `BrokerError` for topics, partitions and offsets that are not there. */
async function startOffsets(
  cluster: Cluster,
  topic: string,
  { from, partition, isolation }: StartQuery,
  lastEventId: string | null,
): Promise<Map<number, number>> {
  const { partitions } = await freshTopic(cluster, topic);
  const wanted = partition ?? partitions.map((one) => one.index);
  const places = wanted.map((index) => ({ topic, partition: index }));
  if (from.at === "offset") {
    if (places.length !== 1) {
      throw new Problem(422, "an offset means one partition; wanted partition=N beside it");
    }
    await startingPoint(cluster, places[0]!, from, isolation);
  }
  const points = await startingPoints(cluster, places, from, isolation);
  const offsets = new Map(points.map((one) => [one.partition, one.offset]));
  for (const [index, offset] of offsetsOfId(lastEventId ?? "")) {
    if (offsets.has(index)) offsets.set(index, offset);
  }
  return offsets;
}

/** Reads an event id: `PARTITION-OFFSET` separated by commas. What it does not say it does not say. */
export function offsetsOfId(id: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const part of id.split(",")) {
    const match = /^(\d{1,9})-(\d{1,15})$/.exec(part.trim());
    if (match !== null) found.set(Number(match[1]), Number(match[2]));
  }
  return found;
}

export function idOfOffsets(offsets: ReadonlyMap<number, number>): string {
  return [...offsets].map(([partition, offset]) => `${partition}-${offset}`).join(",");
}

export interface StreamOptions {
  readonly topic: string;
  readonly offsets: Map<number, number>;
  /** Whether all partitions of the topic are followed, also those that it gets later. */
  readonly isWhole: boolean;
  readonly accepts: RecordTest;
  readonly format: ValueFormat;
  readonly limit: number;
  readonly isolation: Isolation;
  readonly onEnd: () => void;
}

/** One stream: from a fetcher to the reader, at the reader's pace. */
export class RecordStream {
  readonly #rest: RestContext;
  readonly #cluster: Cluster;
  readonly #options: StreamOptions;
  readonly #fetcher: Fetcher;
  #left: number;
  #heartbeat: Timer | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #ended = false;

  constructor(rest: RestContext, cluster: Cluster, options: StreamOptions) {
    this.#rest = rest;
    this.#cluster = cluster;
    this.#options = options;
    this.#left = options.limit;
    this.#fetcher = new Fetcher(cluster, {
      isolation: options.isolation,
      maxBytes: PIECE_BYTES,
      partitionMaxBytes: PIECE_BYTES,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
      patienceMs: PATIENCE_MS,
    });
  }

  readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { topic, offsets } = this.#options;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        for (const [partition, offset] of offsets) this.#fetcher.add({ topic, partition }, offset);
        // Tells the reader that the stream is there, before the first record comes.
        controller.enqueue(encodeUtf8(`: ${topic}\nid: ${idOfOffsets(offsets)}\n\n`));
        this.#controller = controller;
        this.#rest.onStop(this.#close);
        this.#startHeartbeats(controller);
      },
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#end(),
    }, { highWaterMark: 1 });
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    try {
      while (!this.#ended) {
        const fetched = await this.#fetcher.next();
        if (this.#ended) return;
        if (fetched === null) break;
        const text = this.#eventsOf(fetched);
        if (text === "") continue;
        controller.enqueue(encodeUtf8(text));
        if (this.#left > 0) return;
        controller.enqueue(encodeUtf8("event: end\ndata: {}\n\n"));
        break;
      }
    } catch (error) {
      if (!this.#ended) controller.enqueue(encodeUtf8(problemEvent(error)));
    }
    this.#close();
  }

  #eventsOf(fetched: FetchedRecords): string {
    const { accepts, format, offsets } = this.#options;
    let text = "";
    let last = fetched.nextOffset;
    fetched.forEach((record) => {
      if (!accepts(record)) return true;
      text += `event: record\ndata: ${JSON.stringify(recordJson(record, fetched, format))}\n\n`;
      if (--this.#left > 0) return true;
      last = record.offset + 1;
      return false;
    });
    offsets.set(fetched.partition, last);
    return text === "" ? "" : `${text.slice(0, -1)}id: ${idOfOffsets(offsets)}\n\n`;
  }

  #startHeartbeats(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void {
    this.#heartbeat = this.#rest.http.timers.after(HEARTBEAT_MS, () => {
      if (this.#ended) return;
      // A reader that does not read needs no more of them.
      const { offsets, isWhole } = this.#options;
      if ((controller.desiredSize ?? 0) > 0) {
        controller.enqueue(encodeUtf8(`: still here\nid: ${idOfOffsets(offsets)}\n\n`));
      }
      if (isWhole) void this.#addPartitions();
      this.#startHeartbeats(controller);
    });
  }

  /** Follows partitions that the topic has got meanwhile, from their beginning. */
  async #addPartitions(): Promise<void> {
    const { topic, offsets } = this.#options;
    try {
      await this.#cluster.refresh([topic]);
    } catch (error) {
      this.#cluster.options.logger.debug("could not look for new partitions", { reason: messageOf(error) });
    }
    if (this.#ended) return;
    for (const { index } of this.#cluster.known(topic)?.partitions ?? []) {
      if (offsets.has(index)) continue;
      offsets.set(index, 0);
      this.#fetcher.add({ topic, partition: index }, 0);
    }
  }

  /** Ends the answer. */
  readonly #close = (): void => {
    if (this.#ended) return;
    this.#end();
    this.#controller?.close();
  };

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#heartbeat?.cancel();
    this.#fetcher.close();
    this.#cluster.close();
    this.#rest.offStop(this.#close);
    this.#options.onEnd();
  }
}

function problemEvent(error: unknown): string {
  return `event: problem\ndata: ${JSON.stringify(problemBody(problemOf(error)))}\n\n`;
}
