/** ReadShareGroupStateSummary (87). KIP-932. */

import {
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
  uuid,
} from "../schema.ts";

export const readShareGroupStateSummaryRequest = message("ReadShareGroupStateSummaryRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    topics: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        leaderEpoch: int32("0+"),
      }),
    }),
  },
});

export const readShareGroupStateSummaryResponse = message("ReadShareGroupStateSummaryResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    results: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+", default: null }),
        stateEpoch: int32("0+"),
        leaderEpoch: int32("0+"),
        startOffset: int64("0+"),
        deliveryCompleteCount: int32("1+", { default: -1 }),
      }),
    }),
  },
});

/** API 87. */
export const readShareGroupStateSummary = api(
  87,
  "ReadShareGroupStateSummary",
  readShareGroupStateSummaryRequest,
  readShareGroupStateSummaryResponse,
);

export type ReadShareGroupStateSummaryRequest = Decoded<typeof readShareGroupStateSummaryRequest>;
/** What a handler answers; defaults may be left out. */
export type ReadShareGroupStateSummaryResponse = Encodable<typeof readShareGroupStateSummaryResponse>;
