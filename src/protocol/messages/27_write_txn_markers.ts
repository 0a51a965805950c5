/** WriteTxnMarkers (27): the coordinator writes commit or abort markers. KIP-98. */

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
} from "../schema.ts";

export const writeTxnMarkersRequest = message("WriteTxnMarkersRequest", {
  versions: "1-2",
  flexible: "1+",
  fields: {
    markers: array("0+", {
      producerId: int64("0+"),
      producerEpoch: int16("0+"),
      transactionResult: bool("0+"),
      topics: array("0+", {
        name: string("0+"),
        partitionIndexes: arrayOf(int32, "0+"),
      }),
      coordinatorEpoch: int32("0+"),
      transactionVersion: int8("2+", { default: 0 }),
    }),
  },
});

export const writeTxnMarkersResponse = message("WriteTxnMarkersResponse", {
  versions: "1-2",
  flexible: "1+",
  fields: {
    markers: array("0+", {
      producerId: int64("0+"),
      topics: array("0+", {
        name: string("0+"),
        partitions: array("0+", {
          partitionIndex: int32("0+"),
          errorCode: int16("0+"),
        }),
      }),
    }),
  },
});

/** API 27. */
export const writeTxnMarkers = api(27, "WriteTxnMarkers", writeTxnMarkersRequest, writeTxnMarkersResponse);

export type WriteTxnMarkersRequest = Decoded<typeof writeTxnMarkersRequest>;
/** What a handler answers; defaults may be left out. */
export type WriteTxnMarkersResponse = Encodable<typeof writeTxnMarkersResponse>;
