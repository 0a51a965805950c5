/**
 * Produce (0): appends record batches to partitions. KIP-98 (idempotence), KIP-516 (topic ids from v13),
 * KIP-951 (new leader in the answer from v10).
 */

import { ZERO_UUID } from "../../core/uuid.ts";
import {
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const produceRequest = message("ProduceRequest", {
  versions: "3-13",
  flexible: "9+",
  fields: {
    transactionalId: string("3+", { nullable: "3+", default: null }),
    acks: int16("0+"),
    timeoutMs: int32("0+"),
    topicData: array("0+", {
      name: string("0-12", { default: "" }),
      topicId: uuid("13+", { default: ZERO_UUID }),
      partitionData: array("0+", {
        index: int32("0+"),
        records: records("0+", { nullable: "0+" }),
      }),
    }),
  },
});

export const produceResponse = message("ProduceResponse", {
  versions: "3-13",
  flexible: "9+",
  fields: {
    responses: array("0+", {
      name: string("0-12", { default: "" }),
      topicId: uuid("13+", { default: ZERO_UUID }),
      partitionResponses: array("0+", {
        index: int32("0+"),
        errorCode: int16("0+"),
        baseOffset: int64("0+"),
        logAppendTimeMs: int64("2+", { default: -1 }),
        logStartOffset: int64("5+", { default: -1 }),
        recordErrors: array("8+", {
          batchIndex: int32("8+"),
          batchIndexErrorMessage: string("8+", { nullable: "8+", default: null }),
        }, { optional: true }),
        errorMessage: string("8+", { nullable: "8+", default: null }),
        currentLeader: struct("10+", {
          leaderId: int32("10+", { default: -1 }),
          leaderEpoch: int32("10+", { default: -1 }),
        }, { optional: true, tag: 0 }),
      }),
    }),
    throttleTimeMs: int32("1+", { default: 0 }),
    nodeEndpoints: array("10+", {
      nodeId: int32("10+"),
      host: string("10+"),
      port: int32("10+"),
      rack: string("10+", { nullable: "10+", default: null }),
    }, { optional: true, tag: 0 }),
  },
});

/** API 0. */
export const produce = api(0, "Produce", produceRequest, produceResponse);

export type ProduceRequest = Decoded<typeof produceRequest>;
/** What a handler answers; defaults may be left out. */
export type ProduceResponse = Encodable<typeof produceResponse>;
