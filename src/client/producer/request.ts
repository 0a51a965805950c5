/** A Produce request from batches, and what its response says about each of them. */

import { ZERO_UUID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { produce } from "../../protocol/messages/00_produce.ts";
import type { Decoded, Encodable } from "../../protocol/schema.ts";
import type { ProducerBatch } from "./batch.ts";

/** The last version that names topics; later ones have their ids (KIP-516). */
export const LAST_VERSION_WITH_NAMES = 12;

export interface RequestSettings {
  readonly acks: number;
  readonly timeoutMs: number;
  /** The id of a topic, or undefined when it is not known. */
  topicIdOf(topic: string): string | undefined;
}

/** A request and the highest version that it can be sent at. */
export interface BuiltRequest {
  readonly request: Encodable<typeof produce.request>;
  readonly maxVersion: number;
  readonly sizeBytes: number;
}

/** The request for `batches`, at most one of each partition. */
export function produceRequestOf(batches: readonly ProducerBatch[], settings: RequestSettings): BuiltRequest {
  const byTopic = new Map<string, { index: number; records: Uint8Array }[]>();
  let sizeBytes = 0;
  for (const { topic, partition, bytes } of batches) {
    sizeBytes += bytes.length + 16;
    const partitionData = byTopic.get(topic) ?? [];
    partitionData.push({ index: partition, records: bytes });
    byTopic.set(topic, partitionData);
  }
  let maxVersion = produce.request.versions.max;
  const topicData = [...byTopic].map(([name, partitionData]) => {
    const topicId = settings.topicIdOf(name) ?? ZERO_UUID;
    if (topicId === ZERO_UUID) maxVersion = LAST_VERSION_WITH_NAMES;
    return { name, topicId, partitionData };
  });
  return {
    request: { acks: settings.acks, timeoutMs: settings.timeoutMs, topicData },
    maxVersion,
    sizeBytes,
  };
}

/** What a broker says about one batch. */
export interface BatchAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly baseOffset: number;
  /** The time that all records got from the broker, in Unix milliseconds; -1 when they keep their own. */
  readonly logAppendTimeMs: number;
  /** What is wrong with single records of the batch, by their index (KIP-467). */
  readonly recordErrors: ReadonlyMap<number, string | null>;
}

const NO_RECORD_ERRORS: ReadonlyMap<number, string | null> = new Map();

/** The answer that acks of 0 stand for. */
export const unanswered: BatchAnswer = {
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  baseOffset: -1,
  logAppendTimeMs: -1,
  recordErrors: NO_RECORD_ERRORS,
};

/** The answers to `batches`, in their order; null where the response says nothing. */
export function answersIn(
  response: Decoded<typeof produce.response>,
  batches: readonly ProducerBatch[],
  settings: RequestSettings,
): (BatchAnswer | null)[] {
  return batches.map((batch) => {
    const topicId = settings.topicIdOf(batch.topic);
    const topic = response.responses.find((one) =>
      one.name === batch.topic || (one.topicId === topicId && one.topicId !== ZERO_UUID)
    );
    const answer = topic?.partitionResponses.find((one) => one.index === batch.partition);
    if (answer === undefined) return null;
    const { errorCode, errorMessage, baseOffset, logAppendTimeMs, recordErrors } = answer;
    return {
      errorCode,
      errorMessage,
      baseOffset,
      logAppendTimeMs,
      recordErrors: recordErrors.length === 0
        ? NO_RECORD_ERRORS
        : new Map(recordErrors.map((one) => [one.batchIndex, one.batchIndexErrorMessage])),
    };
  });
}
