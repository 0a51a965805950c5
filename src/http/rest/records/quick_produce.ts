/**
 * The short way for the request that comes most often: one record to store, as JSON, with nothing special about it.
 * Everything else goes the usual way, which answers the same.
 */

import type { Producer } from "../../../client/producer/producer.ts";
import type { RestContext } from "../context.ts";
import type { Guard } from "../guard.ts";
import { parseJson } from "../body.ts";
import { problemAnswer } from "../serve.ts";
import { produceAll } from "./produce.ts";
import { recordsOf } from "./read_records.ts";

const PREFIX = "/topics/";
const SUFFIX = "/produce";
/** A larger body takes longer than the way it goes. */
const MAX_BYTES = 16_384;
const NAME = /^[a-zA-Z0-9._-]{1,249}$/;
/** A single header is what Deno answers with soonest; answers to POST are not kept in any case (RFC 9110). */
const HEADERS: HeadersInit = { "content-type": "application/json" };

/** The topic of a request to produce without a query, or null for any other request. */
export function topicOf(url: string): string | null {
  if (!url.endsWith(SUFFIX)) return null;
  const from = url.indexOf("/", url.indexOf("//") + 2);
  if (!url.startsWith(PREFIX, from)) return null;
  const name = url.slice(from + PREFIX.length, url.length - SUFFIX.length);
  return NAME.test(name) ? name : null;
}

/** Answers a request, or returns null when it has to go the usual way. */
export function quickProduce(
  rest: RestContext,
  guard: Guard,
): (request: Request) => Promise<Response> | null {
  let producer: Producer | null = null;
  return (request) => {
    if (request.method !== "POST") return null;
    const { url, headers } = request;
    const topic = topicOf(url);
    if (topic === null || headers.get("content-type") !== "application/json") return null;
    const length = headers.get("content-length");
    if (length === null || Number(length) > MAX_BYTES || headers.get("origin") !== null) return null;
    if (!guard.isKnown(headers.get("host"))) return null;
    producer ??= rest.producers.of("all");
    return answer(rest, producer, topic, request);
  };
}

async function answer(
  rest: RestContext,
  producer: Producer,
  topic: string,
  request: Request,
): Promise<Response> {
  try {
    rest.checkServing();
    const records = recordsOf(parseJson(await request.text()), rest);
    const { status, body } = await produceAll(producer, topic, records);
    return new Response(JSON.stringify(body), { status, headers: HEADERS });
  } catch (error) {
    return problemAnswer(rest, "produce", error, request.url);
  }
}
