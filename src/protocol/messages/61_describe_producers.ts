/** DescribeProducers (61): producer state of partitions. KIP-664. */

import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
} from "../schema.ts";

export const describeProducersRequest = message("DescribeProducersRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    topics: array("0+", {
      name: string("0+"),
      partitionIndexes: arrayOf(int32, "0+"),
    }),
  },
});

export const describeProducersResponse = message("DescribeProducersResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+", default: null }),
        activeProducers: array("0+", {
          producerId: int64("0+"),
          producerEpoch: int32("0+"),
          lastSequence: int32("0+", { default: -1 }),
          lastTimestamp: int64("0+", { default: -1 }),
          coordinatorEpoch: int32("0+"),
          currentTxnStartOffset: int64("0+", { default: -1 }),
        }),
      }),
    }),
  },
});

/** API 61. */
export const describeProducers = api(
  61,
  "DescribeProducers",
  describeProducersRequest,
  describeProducersResponse,
);

export type DescribeProducersRequest = Decoded<typeof describeProducersRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeProducersResponse = Encodable<typeof describeProducersResponse>;
