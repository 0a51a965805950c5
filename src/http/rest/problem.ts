/** What went wrong, as an answer: `application/problem+json` (RFC 9457), with Kafka's error where there is one. */

import { BrokerError, UnreachableError } from "../../client/errors.ts";
import { DecodeError, UsageError } from "../../core/errors.ts";
import { NetworkError } from "../../platform/network.ts";
import { ErrorCode, errorInfo, type ErrorName } from "../../protocol/error_codes.ts";
import type { problemSchema } from "./problem_schema.ts";
import type { Infer } from "./schema.ts";

/** The statuses that tell of a problem, with their titles. */
export const statusTitles = {
  400: "Bad request",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  406: "Not acceptable",
  409: "Conflict",
  413: "Content too large",
  415: "Unsupported media type",
  421: "Misdirected request",
  422: "Unprocessable content",
  429: "Too many requests",
  500: "Internal error",
  503: "Service unavailable",
  504: "Timed out",
} as const;
export type ProblemStatus = keyof typeof statusTitles;

export const PROBLEM_TYPE = "application/problem+json";

/** Something in a request that is not as it must be. */
export interface FieldFault {
  /** A JSON Pointer into the body, or the name of a parameter. */
  readonly at: string;
  readonly detail: string;
}

interface ProblemFacts {
  readonly faults?: readonly FieldFault[];
  /** Kafka's code, when a broker said no. */
  readonly code?: number;
  /** When it may be worth to try again, in seconds. */
  readonly retryAfterS?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is not answered as it wished. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: ProblemStatus;
  readonly facts: ProblemFacts;

  constructor(status: ProblemStatus, detail: string, facts: ProblemFacts = {}) {
    super(detail);
    this.status = status;
    this.facts = facts;
  }
}

const byError: Readonly<Partial<Record<ErrorName, ProblemStatus>>> = {
  ...statuses(400, ["INVALID_REQUEST", "INVALID_REQUIRED_ACKS"]),
  ...statuses(403, [
    "TOPIC_AUTHORIZATION_FAILED",
    "GROUP_AUTHORIZATION_FAILED",
    "CLUSTER_AUTHORIZATION_FAILED",
    "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    "TOPIC_DELETION_DISABLED",
    "SECURITY_DISABLED",
    "POLICY_VIOLATION",
  ]),
  ...statuses(404, [
    "UNKNOWN_TOPIC_OR_PARTITION",
    "UNKNOWN_TOPIC_ID",
    "GROUP_ID_NOT_FOUND",
    "RESOURCE_NOT_FOUND",
  ]),
  ...statuses(409, [
    "TOPIC_ALREADY_EXISTS",
    "NON_EMPTY_GROUP",
    "GROUP_SUBSCRIBED_TO_TOPIC",
    "REASSIGNMENT_IN_PROGRESS",
    "NO_REASSIGNMENT_IN_PROGRESS",
    "ILLEGAL_GENERATION",
    "UNKNOWN_MEMBER_ID",
    "REBALANCE_IN_PROGRESS",
    "FENCED_INSTANCE_ID",
    "INCONSISTENT_GROUP_PROTOCOL",
    "STALE_MEMBER_EPOCH",
    "FENCED_MEMBER_EPOCH",
    "CONCURRENT_TRANSACTIONS",
  ]),
  ...statuses(413, ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "OFFSET_METADATA_TOO_LARGE"]),
  ...statuses(422, [
    "OFFSET_OUT_OF_RANGE",
    "INVALID_TOPIC_EXCEPTION",
    "INVALID_GROUP_ID",
    "INVALID_SESSION_TIMEOUT",
    "INVALID_TIMESTAMP",
    "INVALID_RECORD",
    "INVALID_PARTITIONS",
    "INVALID_REPLICATION_FACTOR",
    "INVALID_REPLICA_ASSIGNMENT",
    "INVALID_CONFIG",
    "INVALID_COMMIT_OFFSET_SIZE",
    "UNSUPPORTED_COMPRESSION_TYPE",
    "UNSUPPORTED_VERSION",
  ]),
  ...statuses(429, ["THROTTLING_QUOTA_EXCEEDED", "GROUP_MAX_SIZE_REACHED"]),
  ...statuses(504, ["REQUEST_TIMED_OUT"]),
};

function statuses(
  status: ProblemStatus,
  names: readonly ErrorName[],
): Partial<Record<ErrorName, ProblemStatus>> {
  return Object.fromEntries(names.map((name) => [name, status]));
}

/** The status that a Kafka error means here. */
export function statusOfCode(code: number): ProblemStatus {
  const { name, retriable } = errorInfo(code);
  return byError[name as ErrorName] ?? (retriable ? 503 : 500);
}

/** Any error as a problem. What is not an operating error is one of ours: 500, and the log says more. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UsageError) return new Problem(400, error.message);
  if (error instanceof BrokerError) {
    return new Problem(statusOfCode(error.code), error.message, { code: error.code });
  }
  if (error instanceof UnreachableError) return new Problem(503, error.message, { retryAfterS: 1 });
  if (error instanceof NetworkError) {
    return new Problem(error.code === "timeout" ? 504 : 503, error.message, { retryAfterS: 1 });
  }
  if (error instanceof DecodeError) {
    return new Problem(500, error.message, { code: ErrorCode.CORRUPT_MESSAGE });
  }
  return new Problem(500, "the request failed because of an error in Sluice; the log of the node says more");
}

/** What a problem says, for people and programs. */
export function problemBody(
  { status, message, facts }: Problem,
  instance?: string,
): Infer<typeof problemSchema> {
  const info = facts.code === undefined ? undefined : errorInfo(facts.code);
  return {
    type: info === undefined ? "about:blank" : `urn:kafka:error:${info.name}`,
    title: statusTitles[status],
    status,
    detail: message,
    ...(instance === undefined ? {} : { instance }),
    ...(info === undefined ? {} : { error: info.name, errorCode: info.code, retriable: info.retriable }),
    ...(facts.faults === undefined ? {} : { faults: [...facts.faults] }),
  };
}

/** The answer that tells of a problem; `instance` is the path that was asked for. */
export function problemResponse(problem: Problem, instance: string): Response {
  const { status, facts } = problem;
  const retryAfterS = facts.retryAfterS ?? (status === 503 || status === 429 ? 1 : undefined);
  return new Response(JSON.stringify(problemBody(problem, instance)), {
    status,
    headers: {
      "content-type": PROBLEM_TYPE,
      ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }),
      ...facts.headers,
    },
  });
}

/** A refusal of the controller or a coordinator as a problem. */
export function refusal(action: string, code: number, detail: string | null = null): Problem {
  return problemOf(new BrokerError(action, code, detail));
}
