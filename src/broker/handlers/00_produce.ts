/**
 * Produce (0): appends one record batch to each of the named partitions.
 *
 * Served from v3; advertised from v0, because old librdkafka takes a higher minimum for a broker that cannot do
 * compression (KAFKA-18659). v13+: topics by id (KIP-516). v10+: the current leader in the answer (KIP-951).
 * acks 0: no answer, and an error closes the connection; 1: appended here; all (-1): on every replica in sync.
 * With `flush.messages=1` acks 1 and all also wait for the disk.
 */

import type { AppendResult } from "../../log/append_result.ts";
import { BatchCursor } from "../../records/batch.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { produce, type ProduceRequest, type ProduceResponse } from "../../protocol/messages/00_produce.ts";
import { type Handler, handler, NO_RESPONSE, type RequestContext } from "../../server/registry.ts";
import { appendErrorCode } from "../append_errors.ts";
import type { BrokerContext } from "../context.ts";
import { CurrentLeaders } from "../current_leaders.ts";
import { withTimeout } from "../offset_waiters.ts";
import type { Partition } from "../partition.ts";
import { inTopicCodec } from "../recompression.ts";
import { isInternalTopic } from "../topic_names.ts";

type PartitionData = ProduceRequest["topicData"][number]["partitionData"][number];
type PartitionResult = { -readonly [K in keyof PartitionResponse]: PartitionResponse[K] };
type PartitionResponse = ProduceResponse["responses"][number]["partitionResponses"][number];

/** A response whose answers may still change. */
interface Answers {
  readonly responses: { name: string; topicId: string; partitionResponses: PartitionResult[] }[];
}

/** Waits that some of the answers depend on. */
type Waits = Promise<void>[];

const ACKS_ALL = -1;
/** The first version in which zstd may be used (KIP-110). */
const FIRST_ZSTD_VERSION = 7;
const ZSTD = 4;
/** The first version that tells of leaders (KIP-951). */
const FIRST_LEADER_VERSION = 10;

export function produceHandler(broker: BrokerContext): Handler {
  return handler(produce, (request, context) => {
    const waits: Waits = [];
    const response = appendAll(broker, request, context, waits);
    if (request.acks === 0) {
      const failed = response.responses.some((topic) =>
        topic.partitionResponses.some((one) => one.errorCode !== 0)
      );
      if (failed) context.connection.close();
      return NO_RESPONSE;
    }
    return waits.length === 0
      ? tellLeaders(broker, response, context)
      : answerAfter(broker, waits, response, context);
  }, { advertisedMin: 0 });
}

async function answerAfter(
  broker: BrokerContext,
  waits: Waits,
  response: Answers,
  context: RequestContext,
): Promise<ProduceResponse> {
  const { counters } = broker.replicas;
  counters.waitingProduces++;
  await Promise.all(waits);
  counters.waitingProduces--;
  return tellLeaders(broker, response, context);
}

/** Who asked the wrong broker learns which is the right one (KIP-951). */
function tellLeaders(broker: BrokerContext, response: Answers, context: RequestContext): ProduceResponse {
  if (context.apiVersion < FIRST_LEADER_VERSION) return response;
  let leaders: CurrentLeaders | undefined;
  for (const { name, topicId, partitionResponses } of response.responses) {
    for (const answer of partitionResponses) {
      if (answer.errorCode === ErrorCode.NONE) continue;
      leaders ??= new CurrentLeaders(broker, context);
      answer.currentLeader = leaders.of({ topic: name, topicId, index: answer.index }, answer.errorCode);
    }
  }
  return leaders === undefined ? response : { ...response, nodeEndpoints: leaders.endpoints() };
}

function appendAll(
  broker: BrokerContext,
  request: ProduceRequest,
  context: RequestContext,
  waits: Waits,
): Answers {
  return {
    responses: request.topicData.map((topic) => {
      const byId = context.apiVersion >= 13;
      const name = byId ? broker.metadata.topicById(topic.topicId)?.name : topic.name;
      return {
        name: topic.name,
        topicId: topic.topicId,
        partitionResponses: topic.partitionData.map((data) => {
          const answer = name === undefined
            ? refuse(data.index, ErrorCode.UNKNOWN_TOPIC_ID)
            : appendOne(broker, { name, data }, { request, context, waits });
          if (answer.errorCode !== ErrorCode.NONE) countRefusal(broker, name, data.index);
          return answer;
        }),
      };
    }),
  };
}

function countRefusal({ replicas }: BrokerContext, name: string | undefined, index: number): void {
  const partition = name === undefined ? undefined : replicas.find(name, index);
  replicas.counters.onRefusedAppend(partition?.traffic);
}

interface Attempt {
  readonly request: ProduceRequest;
  readonly context: RequestContext;
  readonly waits: Waits;
}

function appendOne(
  broker: BrokerContext,
  { name, data }: { name: string; data: PartitionData },
  attempt: Attempt,
): PartitionResult {
  const { acks } = attempt.request;
  if (acks < -1 || acks > 1) return refuse(data.index, ErrorCode.INVALID_REQUIRED_ACKS);
  const found = broker.replicas.leaderOf(name, data.index);
  if (typeof found === "number") return refuse(data.index, found);
  const problem = checkBatch(name, data, attempt.context);
  if (problem !== null) return problem;
  if (acks === ACKS_ALL && !found.hasEnoughInSync) {
    return refuse(data.index, ErrorCode.NOT_ENOUGH_REPLICAS);
  }
  if (!broker.diskGuard.admits(broker.replicas.directoryOf(found), data.records!.length)) {
    return refuse(data.index, ErrorCode.KAFKA_STORAGE_ERROR, "produce: the disk is nearly full");
  }
  const config = broker.replicas.configOf(name);
  const records = config === undefined ? data.records! : inTopicCodec(data.records!, config);
  if (records === null) {
    return refuse(data.index, ErrorCode.CORRUPT_MESSAGE, "produce: the records cannot be decompressed");
  }
  const result = found.append(records);
  if (result.error !== null) {
    // A successor may have what comes before. Producers take this error for a loss, librdkafka's for good.
    const isDoubtful = result.error === "out-of-order-sequence" && !broker.isInTouch();
    const errorCode = isDoubtful ? ErrorCode.NOT_LEADER_OR_FOLLOWER : appendErrorCode[result.error];
    return refuse(data.index, errorCode, result.message);
  }
  const taken = result.duplicate ? 0 : result.lastOffset - result.baseOffset + 1;
  broker.replicas.counters.onAppend(found.traffic, result.duplicate ? 0 : records.length, taken);
  const answer = accepted(data.index, result);
  if (acks !== 0) awaitAcks(broker, found, { answer, endOffset: result.lastOffset + 1 }, attempt);
  return answer;
}

/** Puts what the acknowledgement depends on among the waits, when it is not there already. */
function awaitAcks(
  broker: BrokerContext,
  partition: Partition,
  { answer, endOffset }: { answer: PartitionResult; endOffset: number },
  { request, waits }: Attempt,
): void {
  if (request.acks === ACKS_ALL) {
    const replicated = partition.replicated(endOffset);
    if (replicated === true) return;
    waits.push(
      withTimeout(broker.platform.timers, replicated, request.timeoutMs).then((outcome) => {
        const errorCode = errorOfWait(partition, outcome);
        if (errorCode !== ErrorCode.NONE) Object.assign(answer, refuse(answer.index, errorCode));
      }),
    );
  } else if (partition.acksNeedFlush) {
    waits.push(
      partition.flushed(endOffset).then((durable) => {
        if (!durable) Object.assign(answer, refuse(answer.index, ErrorCode.KAFKA_STORAGE_ERROR));
      }),
    );
  }
}

function errorOfWait(partition: Partition, outcome: boolean | null): number {
  if (outcome === null) return ErrorCode.REQUEST_TIMED_OUT;
  if (outcome === false) {
    return partition.log.offline === null ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.KAFKA_STORAGE_ERROR;
  }
  // Everybody in sync has it, but by now those are fewer than was asked for.
  return partition.hasEnoughInSync ? ErrorCode.NONE : ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
}

/** What a produce request may hold for a partition, besides what the log itself checks. */
function checkBatch(
  topic: string,
  { index, records }: PartitionData,
  context: RequestContext,
): PartitionResult | null {
  if (isInternalTopic(topic)) {
    return refuse(
      index,
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      `produce: "${topic}" is written by the broker only`,
    );
  }
  if (records === null || records.length === 0) {
    return refuse(index, ErrorCode.INVALID_RECORD, "produce: no record batch was sent");
  }
  const batch = new BatchCursor(records);
  if (!batch.next()) {
    // The log says what is wrong, but that there is less than one batch is no damage that a retry could mend.
    if (batch.fault !== "truncated") return null;
    return refuse(index, ErrorCode.INVALID_RECORD, "produce: no whole record batch was sent");
  }
  if (batch.nextAt < records.length) {
    return refuse(
      index,
      ErrorCode.INVALID_RECORD,
      "produce: one record batch a partition is wanted, more were sent",
    );
  }
  if (context.apiVersion < FIRST_ZSTD_VERSION && batch.compressionId === ZSTD) {
    return refuse(index, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "produce: zstd needs version 7 of Produce");
  }
  return null;
}

function accepted(index: number, result: Extract<AppendResult, { error: null }>): PartitionResult {
  return {
    index,
    errorCode: ErrorCode.NONE,
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.logAppendTimeMs,
    logStartOffset: result.logStartOffset,
  };
}

function refuse(index: number, errorCode: number, errorMessage: string | null = null): PartitionResult {
  return { index, errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, errorMessage };
}
