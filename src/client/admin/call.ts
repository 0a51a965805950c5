/** Requests that only the controller can serve. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import { backoffMs } from "../backoff.ts";
import type { Cluster } from "../cluster.ts";

/** One of the things that were asked for, and whether it was done. */
export interface Outcome {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** Another controller is the active one: as most requests say it, and as those to the quorum do. */
const MOVED: ReadonlySet<number> = new Set([ErrorCode.NOT_CONTROLLER, ErrorCode.NOT_LEADER_OR_FOLLOWER]);

const BACKOFF = { firstMs: 20, maxMs: 500 };

/**
 * Sends a request to the controller, and again while brokers say that another one is the controller now. `codesIn`
 * gives the error codes of a response. Throws `UnreachableError` when no broker answers.
 */
export async function callController<A extends Api>(
  cluster: Cluster,
  api: A,
  request: Encodable<A["request"]>,
  codesIn: (response: Decoded<A["response"]>) => readonly number[],
): Promise<Decoded<A["response"]>> {
  const { clock, timers, random, requestTimeoutMs } = cluster.options;
  const deadlineMs = clock.monotonicMs() + requestTimeoutMs;
  if (cluster.controllerId < 0) await cluster.refresh([]);
  for (let attempt = 1;; attempt++) {
    const response = await cluster.sendToController(api, request);
    const hasMoved = codesIn(response).some((code) => MOVED.has(code));
    const waitMs = backoffMs(attempt, BACKOFF, random);
    if (!hasMoved || clock.monotonicMs() + waitMs > deadlineMs) return response;
    await timers.sleep(waitMs);
    await cluster.refresh([]);
  }
}
