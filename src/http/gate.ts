/**
 * What every request passes before any route sees it: bounds on its headers, its body, and on how many are answered at
 * the same time. The routes themselves are loaded by the first request that gets through.
 */

import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { HttpHandler } from "../platform/http.ts";
import type { App } from "./app.ts";

/** Where the routes come from, each loaded when it is first needed. */
export interface Apps {
  /** Health and metrics. */
  readonly probes: () => Promise<App>;
  readonly all: () => Promise<App>;
}

export interface GateLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxRequests: number;
}

/** An answer that says no in the form of RFC 9457. */
function refuse(status: number, title: string, detail: string): Response {
  return new Response(JSON.stringify({ type: "about:blank", title, status, detail }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}

/** Bytes that the headers take, as HTTP/1.1 writes them. */
function headerBytes(headers: Headers): number {
  let total = 0;
  for (const [name, value] of headers) total += name.length + value.length + 4;
  return total;
}

/** Whether health and metrics are all that a request wants. */
function isProbe({ url }: Request): boolean {
  const path = url.slice(url.indexOf("/", "https://".length));
  return path.startsWith("/metrics") || path.startsWith("/health");
}

/** What came through a gate. */
export class HttpCounters {
  /** Requests that are being answered now, those whose answer still streams left out. */
  active = 0;
  /** Answers by the first digit of their status. */
  readonly answers = new Float64Array(6);
}

/** What a gate does beside letting through. */
export interface GateParts {
  readonly limits: GateLimits;
  readonly logger: Logger;
  readonly counters: HttpCounters;
}

/** Makes a handler of routes that are not loaded before they are needed. */
export function gateOf(apps: Apps, { limits, logger, counters }: GateParts): HttpHandler {
  let probes: Promise<App> | undefined;
  let all: Promise<App> | undefined;
  let loaded: App | undefined;
  const appFor = async (request: Request) => {
    if (isProbe(request)) return await (probes ??= apps.probes());
    return loaded = await (all ??= apps.all());
  };
  const answer: HttpHandler = async (request, info) => {
    const problem = refusal(request, limits);
    if (problem !== null) return problem;
    const app = loaded ?? await appFor(request);
    return await app.fetch(bounded(request, limits.maxBodyBytes), { remote: info.remote });
  };
  return async (request, info) => {
    let response: Response;
    if (counters.active >= limits.maxRequests) response = tooBusy(limits);
    else {
      counters.active++;
      try {
        response = await (loaded?.quick?.(request) ?? answer(request, info));
      } catch (error) {
        const stack = error instanceof Error ? error.stack : undefined;
        logger.error("an HTTP request failed", { path: pathOf(request), reason: messageOf(error), stack });
        response = refuse(500, "Internal error", "The request failed; the log of the node says why.");
      } finally {
        counters.active--;
      }
    }
    counters.answers[Math.floor(response.status / 100)]!++;
    return response;
  };
}

function tooBusy({ maxRequests }: GateLimits): Response {
  const response = refuse(503, "Too busy", `${maxRequests} requests are being answered already.`);
  response.headers.set("retry-after", "1");
  return response;
}

function refusal(request: Request, limits: GateLimits): Response | null {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > limits.maxBodyBytes) {
    return refuse(413, "Content too large", `The body may have ${limits.maxBodyBytes} bytes at most.`);
  }
  if (headerBytes(request.headers) > limits.maxHeaderBytes) {
    return refuse(431, "Headers too large", `The headers may have ${limits.maxHeaderBytes} bytes at most.`);
  }
  return null;
}

/** The methods whose bodies anybody reads. */
const mayHaveBody: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** The request with a body that fails once it is too long, where its length is not known beforehand. */
function bounded(request: Request, maxBytes: number): Request {
  const { method, url, headers } = request;
  // In this order, because looking at a body makes a stream of it.
  if (!mayHaveBody.has(method) || headers.has("content-length") || request.body === null) return request;
  let seen = 0;
  const counted = request.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        seen += chunk.length;
        if (seen > maxBytes) controller.error(new BodyTooLargeError(maxBytes));
        else controller.enqueue(chunk);
      },
    }),
  );
  // Not made of the request itself: Deno warns of what the new one would do with its signal.
  return new Request(url, { method, headers, body: counted, duplex: "half" } as RequestInit);
}

/** A body without a declared length turned out longer than it may be. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";

  constructor(maxBytes: number) {
    super(`the body may have ${maxBytes} bytes at most`);
  }
}

function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}
