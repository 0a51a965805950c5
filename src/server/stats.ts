/** Plain counters of one server, bumped on the hot path and read by whoever exposes metrics. */

import { Histogram } from "../core/histogram.ts";
import { errorVisitorOf, type VisitErrors } from "../protocol/response_errors.ts";
import type { Api } from "../protocol/schema.ts";

/** The moments of a request, in monotonic milliseconds. */
export interface RequestTimes {
  /** Its last byte was read. */
  readonly receivedMs: number;
  /** Its handler was called. */
  readonly startedMs: number;
  /** The handler returned, with an answer or with the promise of one. */
  readonly handledMs: number;
  /** The answer was there. */
  readonly readyMs: number;
  /** The answer's turn had come to be written. */
  readonly encodedMs: number;
}

/** What happened to the requests of one API. */
export class ApiStats {
  readonly api: Api;
  requests = 0;
  requestBytes = 0;
  responseBytes = 0;
  /** From the last byte of a request to its response being with the operating system. */
  readonly total = new Histogram();
  /** Waiting for requests that came before it. */
  readonly queue = new Histogram();
  /** In the handler, until it has an answer or must wait for something. */
  readonly local = new Histogram();
  /** Waiting for other replicas, other nodes, the disk, or for data to come. */
  readonly remote = new Histogram();
  /** Waiting for responses that go before it. */
  readonly responseQueue = new Histogram();
  /** Being written. */
  readonly send = new Histogram();
  /** Error codes in responses, how often each. */
  readonly errors = new Map<number, number>();
  readonly #visitErrors: VisitErrors;
  readonly #onError = (code: number): void => {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  };

  constructor(api: Api) {
    this.api = api;
    this.#visitErrors = errorVisitorOf(api.response);
  }

  /** Counts the error codes in a response. */
  onResponse(body: unknown): void {
    this.#visitErrors(body, this.#onError);
  }

  /** Takes down where the time of a request went, whose response is written. */
  onSent(times: RequestTimes, sentMs: number): void {
    this.total.observe(sentMs - times.receivedMs);
    this.queue.observe(times.startedMs - times.receivedMs);
    this.local.observe(times.handledMs - times.startedMs);
    this.remote.observe(times.readyMs - times.handledMs);
    this.responseQueue.observe(times.encodedMs - times.readyMs);
    this.send.observe(sentMs - times.encodedMs);
  }
}

/** What happened on one server since it started. */
export class ServerStats {
  connectionsOpened = 0;
  connectionsOpen = 0;
  connectionsRefused = 0;
  /** Connections closed because of what their client sent. */
  protocolErrors = 0;
  readonly #apis: (ApiStats | undefined)[] = [];

  of(api: Api): ApiStats {
    return this.#apis[api.key] ??= new ApiStats(api);
  }

  /** The APIs that were used. */
  *apis(): Generator<ApiStats> {
    for (const one of this.#apis) if (one !== undefined) yield one;
  }
}
