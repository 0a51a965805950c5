/** What a producer is told when an append cannot be acknowledged after all. */

import assert from "node:assert/strict";
import type { BrokerContext } from "../../../../src/broker/context.ts";
import { produceHandler } from "../../../../src/broker/handlers/00_produce.ts";
import { BrokerCounters, Traffic } from "../../../../src/broker/metrics/traffic.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { ProduceRequest, ProduceResponse } from "../../../../src/protocol/messages/00_produce.ts";
import { batch } from "../../../harness/batches.ts";

/** The error code of an append with acks=all that is never replicated, on a log that went offline or did not. */
async function codeAfterLostWait(offline: Error | null): Promise<number> {
  const partition = {
    log: { offline },
    hasEnoughInSync: true,
    traffic: new Traffic(),
    append: () => ({
      error: null,
      baseOffset: 0,
      lastOffset: 0,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      duplicate: false,
    }),
    replicated: () => Promise.resolve(false),
  };
  const broker = {
    replicas: {
      leaderOf: () => partition,
      minInSyncReplicas: () => 1,
      directoryOf: () => "data",
      configOf: () => undefined,
      counters: new BrokerCounters(),
    },
    diskGuard: { admits: () => true },
    platform: { timers: { after: () => ({ cancel() {} }) } },
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

Deno.test("acks=all on a log that could not be flushed ends in a storage error, as acks=1 does", async () => {
  assert.equal(await codeAfterLostWait(new Error("the disk failed")), ErrorCode.KAFKA_STORAGE_ERROR);
});

Deno.test("acks=all on a partition that is led elsewhere by now sends the producer there", async () => {
  assert.equal(await codeAfterLostWait(null), ErrorCode.NOT_LEADER_OR_FOLLOWER);
});
