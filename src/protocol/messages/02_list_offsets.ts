/**
 * ListOffsets (2): finds offsets by timestamp, or the earliest, latest, local and tiered ones. KIP-79,
 * KIP-207, KIP-405, KIP-734.
 */

import {
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
} from "../schema.ts";

export const listOffsetsRequest = message("ListOffsetsRequest", {
  versions: "1-11",
  flexible: "6+",
  fields: {
    replicaId: int32("0+"),
    isolationLevel: int8("2+", { default: 0 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        currentLeaderEpoch: int32("4+", { default: -1 }),
        timestamp: int64("0+"),
      }),
    }),
    timeoutMs: int32("10+", { default: 0 }),
  },
});

export const listOffsetsResponse = message("ListOffsetsResponse", {
  versions: "1-11",
  flexible: "6+",
  fields: {
    throttleTimeMs: int32("2+", { default: 0 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        timestamp: int64("1+", { default: -1 }),
        offset: int64("1+", { default: -1 }),
        leaderEpoch: int32("4+", { default: -1 }),
      }),
    }),
  },
});

/** API 2. */
export const listOffsets = api(2, "ListOffsets", listOffsetsRequest, listOffsetsResponse);

export type ListOffsetsRequest = Decoded<typeof listOffsetsRequest>;
/** What a handler answers; defaults may be left out. */
export type ListOffsetsResponse = Encodable<typeof listOffsetsResponse>;
