/** ShareAcknowledge (79): accepts, releases or rejects acquired records. KIP-932, KIP-1222. */

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
  string,
  struct,
  uuid,
} from "../schema.ts";

export const shareAcknowledgeRequest = message("ShareAcknowledgeRequest", {
  versions: "1-2",
  flexible: "0+",
  fields: {
    groupId: string("0+", { nullable: "0+", default: null }),
    memberId: string("0+", { nullable: "0+" }),
    shareSessionEpoch: int32("0+"),
    isRenewAck: bool("2+", { default: false }),
    topics: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        acknowledgementBatches: array("0+", {
          firstOffset: int64("0+"),
          lastOffset: int64("0+"),
          acknowledgeTypes: arrayOf(int8, "0+"),
        }),
      }),
    }),
  },
});

export const shareAcknowledgeResponse = message("ShareAcknowledgeResponse", {
  versions: "1-2",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+", default: null }),
    acquisitionLockTimeoutMs: int32("2+", { default: 0 }),
    responses: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+", default: null }),
        currentLeader: struct("0+", {
          leaderId: int32("0+"),
          leaderEpoch: int32("0+"),
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

/** API 79. */
export const shareAcknowledge = api(
  79,
  "ShareAcknowledge",
  shareAcknowledgeRequest,
  shareAcknowledgeResponse,
);

export type ShareAcknowledgeRequest = Decoded<typeof shareAcknowledgeRequest>;
/** What a handler answers; defaults may be left out. */
export type ShareAcknowledgeResponse = Encodable<typeof shareAcknowledgeResponse>;
