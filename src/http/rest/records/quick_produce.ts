/**
 * The short way for the request that comes most often: one record to store, as JSON, with nothing special about it.
 * Everything else goes the usual way, which answers the same.
 */

import type { Producer } from "../../../client/producer/producer.ts";
import type { RestContext } from "../context.ts";
import type { Guard } from "../guard.ts";
import { parseJson } from "../body.ts";
import { problemAnswer } from "../serve.ts";
import { type AcksName, acksNames } from "./producers.ts";
import { produceAll } from "./produce.ts";
import { recordsOf } from "./read_records.ts";

const PREFIX = "/topics/";
const SUFFIX = "/produce";
/** A larger body takes longer than the way it goes. */
const MAX_BYTES = 16_384;
const NAME = /^[a-zA-Z0-9._-]{1,249}$/;
/** A single header is what Deno answers with soonest; answers to POST are not kept in any case (RFC 9110). */
const HEADERS: HeadersInit = { "content-type": "application/json" };

const acksByQuery: ReadonlyMap<string, AcksName> = new Map([
  ["", "all"],
  ...acksNames.map((acks) => [`?acks=${acks}`, acks] as const),
]);

/** What a URL to produce says; null for any other, and for one that says more. */
export function produceTarget(url: string): { readonly topic: string; readonly acks: AcksName } | null {
  const queryAt = url.indexOf("?");
  const end = queryAt < 0 ? url.length : queryAt;
  if (!url.endsWith(SUFFIX, end)) return null;
  const from = url.indexOf("/", url.indexOf("//") + 2);
  const acks = acksByQuery.get(url.slice(end));
  if (acks === undefined || !url.startsWith(PREFIX, from)) return null;
  const topic = url.slice(from + PREFIX.length, end - SUFFIX.length);
  return NAME.test(topic) ? { topic, acks } : null;
}

/** Answers a request, or returns null when it has to go the usual way. */
export function quickProduce(
  rest: RestContext,
  guard: Guard,
): (request: Request) => Promise<Response> | null {
  return (request) => {
    if (request.method !== "POST") return null;
    const { url, headers } = request;
    const target = produceTarget(url);
    if (target === null || headers.get("content-type") !== "application/json") return null;
    const length = headers.get("content-length");
    if (length === null || Number(length) > MAX_BYTES || headers.get("origin") !== null) return null;
    if (!guard.isKnown(headers.get("host"))) return null;
    return answer(rest, rest.producers.of(target.acks), target.topic, request);
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
    const records = recordsOf(parseJson(await rest.bodies.read(request, MAX_BYTES)), rest);
    const { status, body } = await produceAll(producer, topic, records);
    return new Response(JSON.stringify(body), { status, headers: HEADERS });
  } catch (error) {
    return problemAnswer(rest, "produce", error, request.url);
  }
}
