/** AlterPartition (56): a partition leader changes its ISR. KIP-497, KIP-704, KIP-841, KIP-903. */

import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  int8,
  message,
  uuid,
} from "../schema.ts";

export const alterPartitionRequest = message("AlterPartitionRequest", {
  versions: "2-3",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    brokerEpoch: int64("0+", { default: -1 }),
    topics: array("0+", {
      topicId: uuid("2+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        leaderEpoch: int32("0+"),
        newIsr: arrayOf(int32, "0-2", { optional: true }),
        newIsrWithEpochs: array("3+", {
          brokerId: int32("3+"),
          brokerEpoch: int64("3+", { default: -1 }),
        }, { optional: true }),
        leaderRecoveryState: int8("1+", { default: 0 }),
        partitionEpoch: int32("0+"),
      }),
    }),
  },
});

export const alterPartitionResponse = message("AlterPartitionResponse", {
  versions: "2-3",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    topics: array("0+", {
      topicId: uuid("2+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        leaderId: int32("0+"),
        leaderEpoch: int32("0+"),
        isr: arrayOf(int32, "0+"),
        leaderRecoveryState: int8("1+", { default: 0 }),
        partitionEpoch: int32("0+"),
      }),
    }),
  },
});

/** API 56. */
export const alterPartition = api(56, "AlterPartition", alterPartitionRequest, alterPartitionResponse);

export type AlterPartitionRequest = Decoded<typeof alterPartitionRequest>;
/** What a handler answers; defaults may be left out. */
export type AlterPartitionResponse = Encodable<typeof alterPartitionResponse>;
