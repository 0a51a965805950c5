/** ShareFetch (78): acquires records for a share group member. KIP-932, KIP-1222. */

import {
  api,
  array,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  int8,
  message,
  records,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const shareFetchRequest = message("ShareFetchRequest", {
  versions: "1-2",
  flexible: "0+",
  fields: {
    groupId: string("0+", { nullable: "0+", default: null }),
    memberId: string("0+", { nullable: "0+" }),
    shareSessionEpoch: int32("0+"),
    maxWaitMs: int32("0+"),
    minBytes: int32("0+"),
    maxBytes: int32("0+", { default: 2147483647 }),
    maxRecords: int32("1+"),
    batchSize: int32("1+"),
    shareAcquireMode: int8("2+", { default: 0 }),
    isRenewAck: bool("2+", { default: false }),
    topics: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        partitionMaxBytes: int32("0", { default: 0 }),
        acknowledgementBatches: array("0+", {
          firstOffset: int64("0+"),
          lastOffset: int64("0+"),
          acknowledgeTypes: arrayOf(int8, "0+"),
        }),
      }),
    }),
    forgottenTopicsData: array("0+", {
      topicId: uuid("0+"),
      partitions: arrayOf(int32, "0+"),
    }),
  },
});

export const shareFetchResponse = message("ShareFetchResponse", {
  versions: "1-2",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+", default: null }),
    acquisitionLockTimeoutMs: int32("1+"),
    responses: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+", default: null }),
        acknowledgeErrorCode: int16("0+"),
        acknowledgeErrorMessage: string("0+", { nullable: "0+", default: null }),
        currentLeader: struct("0+", {
          leaderId: int32("0+"),
          leaderEpoch: int32("0+"),
        }),
        records: records("0+", { nullable: "0" }),
        acquiredRecords: array("0+", {
          firstOffset: int64("0+"),
          lastOffset: int64("0+"),
          deliveryCount: int16("0+"),
        }),
      }),
    }),
    nodeEndpoints: array("0+", {
      nodeId: int32("0+"),
      host: string("0+"),
      port: int32("0+"),
      rack: string("0+", { nullable: "0+", default: null }),
    }),
  },
});

/** API 78. */
export const shareFetch = api(78, "ShareFetch", shareFetchRequest, shareFetchResponse);

export type ShareFetchRequest = Decoded<typeof shareFetchRequest>;
/** What a handler answers; defaults may be left out. */
export type ShareFetchResponse = Encodable<typeof shareFetchResponse>;
