/** TxnOffsetCommit (28): commits a group's offsets inside a transaction. KIP-98, KIP-447, KIP-890. */

import { api, array, type Decoded, type Encodable, int16, int32, int64, message, string } from "../schema.ts";

export const txnOffsetCommitRequest = message("TxnOffsetCommitRequest", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    transactionalId: string("0+"),
    groupId: string("0+"),
    producerId: int64("0+"),
    producerEpoch: int16("0+"),
    generationId: int32("3+", { default: -1 }),
    memberId: string("3+", { default: "" }),
    groupInstanceId: string("3+", { nullable: "3+", default: null }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        committedOffset: int64("0+"),
        committedLeaderEpoch: int32("2+", { default: -1 }),
        committedMetadata: string("0+", { nullable: "0+" }),
      }),
    }),
  },
});

export const txnOffsetCommitResponse = message("TxnOffsetCommitResponse", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
      }),
    }),
  },
});

/** API 28. */
export const txnOffsetCommit = api(28, "TxnOffsetCommit", txnOffsetCommitRequest, txnOffsetCommitResponse);

export type TxnOffsetCommitRequest = Decoded<typeof txnOffsetCommitRequest>;
/** What a handler answers; defaults may be left out. */
export type TxnOffsetCommitResponse = Encodable<typeof txnOffsetCommitResponse>;
