/**
 * HTTP as a seam: a server takes an address and answers every request with a function. Requests and responses are
 * those of the Fetch standard, which all runtimes share; what they do not share is here.
 */

import type { Address } from "./network.ts";

/** What a request does not say about itself. */
export interface HttpRequestInfo {
  /** Who sent it. */
  readonly remote: Address;
}

/** Answers one request. What it throws becomes an empty answer with status 500. */
export type HttpHandler = (request: Request, info: HttpRequestInfo) => Response | Promise<Response>;

/** A server that answers. */
export interface HttpServer {
  /** The real address: a port of 0 has become the one that was given. */
  readonly address: Address;
  /**
   * Takes no more requests and resolves when those under way are answered, after `graceMs` milliseconds at the latest.
   * What is not answered by then is cut, or ends with the process: answers that stream are their handler's to end.
   */
  stop(graceMs: number): Promise<void>;
}

/** Serves HTTP, and asks others. */
export interface Http {
  /**
   * Serves at an address from now on. Rejects with `NetworkError` when it cannot be had. Answers may stream for as
   * long as they like: nothing is cut for being idle.
   */
  serve(address: Address, handler: HttpHandler): Promise<HttpServer>;
  /** Sends a request and resolves with the answer once its head is there. Rejects when nobody answers. */
  fetch(request: Request): Promise<Response>;
}
