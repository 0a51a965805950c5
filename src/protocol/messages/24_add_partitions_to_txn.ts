/**
 * AddPartitionsToTxn (24): brings partitions into a transaction. KIP-98, KIP-890 (batched between brokers).
 */

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
  message,
  string,
} from "../schema.ts";

const addPartitionsToTxnTopic = {
  name: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32("0+"),
  partitionErrorCode: int16("0+"),
} as const;

const addPartitionsToTxnTopicResult = {
  name: string("0+"),
  resultsByPartition: array("0+", addPartitionsToTxnPartitionResult),
} as const;

export const addPartitionsToTxnRequest = message("AddPartitionsToTxnRequest", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    transactions: array("4+", {
      transactionalId: string("4+"),
      producerId: int64("4+"),
      producerEpoch: int16("4+"),
      verifyOnly: bool("4+", { default: false }),
      topics: array("4+", addPartitionsToTxnTopic),
    }, { optional: true }),
    v3AndBelowTransactionalId: string("0-3", { default: "" }),
    v3AndBelowProducerId: int64("0-3", { default: 0 }),
    v3AndBelowProducerEpoch: int16("0-3", { default: 0 }),
    v3AndBelowTopics: array("0-3", addPartitionsToTxnTopic, { optional: true }),
  },
});

export const addPartitionsToTxnResponse = message("AddPartitionsToTxnResponse", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("4+", { default: 0 }),
    resultsByTransaction: array("4+", {
      transactionalId: string("4+"),
      topicResults: array("4+", addPartitionsToTxnTopicResult),
    }, { optional: true }),
    resultsByTopicV3AndBelow: array("0-3", addPartitionsToTxnTopicResult, { optional: true }),
  },
});

/** API 24. */
export const addPartitionsToTxn = api(
  24,
  "AddPartitionsToTxn",
  addPartitionsToTxnRequest,
  addPartitionsToTxnResponse,
);

export type AddPartitionsToTxnRequest = Decoded<typeof addPartitionsToTxnRequest>;
/** What a handler answers; defaults may be left out. */
export type AddPartitionsToTxnResponse = Encodable<typeof addPartitionsToTxnResponse>;
