/** What a producer is told when an append cannot be acknowledged after all. */

import assert from "node:assert/strict";
import type { BrokerContext } from "../../../../src/broker/context.ts";
import { produceHandler } from "../../../../src/broker/handlers/00_produce.ts";
import { BrokerCounters, Traffic } from "../../../../src/broker/metrics/traffic.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { ProduceRequest, ProduceResponse } from "../../../../src/protocol/messages/00_produce.ts";
import { batch } from "../../../harness/batches.ts";

/** The error code of an append with acks=all, to a broker that is like this. */
async function codeOf(
  options: { readonly partition: Record<string, unknown>; readonly isInTouch?: boolean },
): Promise<number> {
  const partition = { hasEnoughInSync: true, traffic: new Traffic(), ...options.partition };
  const broker = {
    replicas: {
      leaderOf: () => partition,
      find: () => partition,
      minInSyncReplicas: () => 1,
      directoryOf: () => "data",
      configOf: () => undefined,
      counters: new BrokerCounters(),
    },
    diskGuard: { admits: () => true },
    platform: { timers: { after: () => ({ cancel() {} }) } },
    isInTouch: () => options.isInTouch ?? true,
  } as unknown as BrokerContext;
  const request = {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: "t", partitionData: [{ index: 0, records: batch(["a"]) }] }],
  } as unknown as ProduceRequest;
  const response = await produceHandler(broker).handle(request, { apiVersion: 9 } as never);
  return (response as ProduceResponse).responses[0]!.partitionResponses[0]!.errorCode;
}

/** The same of one that is never replicated, on a log that went offline or did not. */
function codeAfterLostWait(offline: Error | null): Promise<number> {
  const append = () => ({
    error: null,
    baseOffset: 0,
    lastOffset: 0,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    duplicate: false,
  });
  return codeOf({ partition: { log: { offline }, append, replicated: () => Promise.resolve(false) } });
}

Deno.test("acks=all on a log that could not be flushed ends in a storage error, as acks=1 does", async () => {
  assert.equal(await codeAfterLostWait(new Error("the disk failed")), ErrorCode.KAFKA_STORAGE_ERROR);
});

Deno.test("acks=all on a partition that is led elsewhere by now sends the producer there", async () => {
  assert.equal(await codeAfterLostWait(null), ErrorCode.NOT_LEADER_OR_FOLLOWER);
});

Deno.test("a leader that may have a successor does not tell producers that records before theirs are lost", async () => {
  // A leader that was cut off refused for good what followed a batch that its successor had acknowledged (seed 110239).
  const outOfOrder = { append: () => ({ error: "out-of-order-sequence", message: "" }) };
  assert.equal(await codeOf({ partition: outOfOrder }), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.equal(await codeOf({ partition: outOfOrder, isInTouch: false }), ErrorCode.NOT_LEADER_OR_FOLLOWER);
  const tooLarge = { append: () => ({ error: "message-too-large", message: "" }) };
  assert.equal(await codeOf({ partition: tooLarge, isInTouch: false }), ErrorCode.MESSAGE_TOO_LARGE);
});
