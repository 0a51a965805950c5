/** How a request to the controller ended. Operating errors are values: a Kafka error code and a sentence. */

import { ErrorCode } from "../protocol/error_codes.ts";

/** A refusal, for one item of a request or for all of it. */
export interface Refusal {
  readonly errorCode: number;
  readonly message: string;
}

export type Outcome<T> = { readonly errorCode: typeof ErrorCode.NONE; readonly result: T } | Refusal;

export function done<T>(result: T): Outcome<T> {
  return { errorCode: ErrorCode.NONE, result };
}

export function refuse(errorCode: number, message: string): Refusal {
  return { errorCode, message };
}

export function isRefusal<T extends object>(outcome: T | Refusal): outcome is Refusal {
  return "message" in outcome && "errorCode" in outcome;
}

/** This node is not the active controller, or stopped being it before the answer was certain. */
export const NOT_CONTROLLER: Refusal = refuse(ErrorCode.NOT_CONTROLLER, "This is not the active controller.");
