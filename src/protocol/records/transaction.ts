/** Keys and values of `__transaction_state` (KIP-98, KIP-890). */

import { array, arrayOf, type Decoded, int16, int32, int64, int8, message, string } from "../schema.ts";

export const transactionLogKey = message("TransactionLogKey", {
  versions: "0",
  flexible: "none",
  fields: {
    transactionalId: string("0"),
  },
});
export type TransactionLogKey = Decoded<typeof transactionLogKey>;

export const transactionLogValue = message("TransactionLogValue", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    producerId: int64("0+"),
    previousProducerId: int64("1+", { default: -1, tag: 0 }),
    nextProducerId: int64("1+", { default: -1, tag: 1 }),
    producerEpoch: int16("0+"),
    nextProducerEpoch: int16("1+", { default: -1, tag: 3 }),
    transactionTimeoutMs: int32("0+"),
    transactionStatus: int8("0+"),
    transactionPartitions: array("0+", {
      topic: string("0+"),
      partitionIds: arrayOf(int32, "0+"),
    }, { nullable: "0+" }),
    transactionLastUpdateTimestampMs: int64("0+"),
    transactionStartTimestampMs: int64("0+"),
    clientTransactionVersion: int16("1+", { default: 0, tag: 2 }),
  },
});
export type TransactionLogValue = Decoded<typeof transactionLogValue>;
