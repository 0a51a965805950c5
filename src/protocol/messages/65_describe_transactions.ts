/** DescribeTransactions (65): state of transactions. KIP-664. */

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

export const describeTransactionsRequest = message("DescribeTransactionsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    transactionalIds: arrayOf(string, "0+"),
  },
});

export const describeTransactionsResponse = message("DescribeTransactionsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    transactionStates: array("0+", {
      errorCode: int16("0+"),
      transactionalId: string("0+"),
      transactionState: string("0+"),
      transactionTimeoutMs: int32("0+"),
      transactionStartTimeMs: int64("0+"),
      producerId: int64("0+"),
      producerEpoch: int16("0+"),
      topics: array("0+", {
        topic: string("0+"),
        partitions: arrayOf(int32, "0+"),
      }),
    }),
  },
});

/** API 65. */
export const describeTransactions = api(
  65,
  "DescribeTransactions",
  describeTransactionsRequest,
  describeTransactionsResponse,
);

export type DescribeTransactionsRequest = Decoded<typeof describeTransactionsRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeTransactionsResponse = Encodable<typeof describeTransactionsResponse>;
