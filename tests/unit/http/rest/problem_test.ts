/** Which status an error means, and what the answer says (RFC 9457). */

import assert from "node:assert/strict";
import { BrokerError, UnreachableError } from "../../../../src/client/errors.ts";
import { Problem, problemOf, problemResponse, statusOfCode } from "../../../../src/http/rest/problem.ts";
import { NetworkError } from "../../../../src/platform/network.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";

Deno.test("Kafka's errors have the status that says whose fault they are", () => {
  const wanted = {
    UNKNOWN_TOPIC_OR_PARTITION: 404,
    GROUP_ID_NOT_FOUND: 404,
    TOPIC_ALREADY_EXISTS: 409,
    NON_EMPTY_GROUP: 409,
    MESSAGE_TOO_LARGE: 413,
    INVALID_CONFIG: 422,
    OFFSET_OUT_OF_RANGE: 422,
    THROTTLING_QUOTA_EXCEEDED: 429,
    NOT_ENOUGH_REPLICAS: 503,
    LEADER_NOT_AVAILABLE: 503,
    REQUEST_TIMED_OUT: 504,
    UNKNOWN_SERVER_ERROR: 500,
  } as const;
  for (const [name, status] of Object.entries(wanted)) {
    assert.equal(statusOfCode(ErrorCode[name as keyof typeof wanted]), status, name);
  }
});

Deno.test("a broker's refusal names Kafka's error", async () => {
  const error = new BrokerError(`topic "t"`, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no such topic");
  const response = problemResponse(problemOf(error), "/topics/t");
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await response.json(), {
    type: "urn:kafka:error:UNKNOWN_TOPIC_OR_PARTITION",
    title: "Not found",
    status: 404,
    detail: `topic "t": there is no such topic (UNKNOWN_TOPIC_OR_PARTITION)`,
    instance: "/topics/t",
    error: "UNKNOWN_TOPIC_OR_PARTITION",
    errorCode: 3,
    retriable: true,
  });
});

Deno.test("who is to come back is told when", () => {
  for (const error of [new UnreachableError("gone"), new Problem(429, "too many")]) {
    assert.equal(problemResponse(problemOf(error), "/").headers.get("retry-after"), "1");
  }
  assert.equal(problemOf(new NetworkError("timeout", "late")).status, 504);
});

Deno.test("what went wrong in Sluice itself is not told to strangers", () => {
  const problem = problemOf(new TypeError("secret of /etc"));
  assert.equal(problem.status, 500);
  assert.ok(!problem.message.includes("secret"));
});
