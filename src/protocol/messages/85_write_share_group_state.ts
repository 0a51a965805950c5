/** WriteShareGroupState (85). KIP-932. */

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
  uuid,
} from "../schema.ts";

export const writeShareGroupStateRequest = message("WriteShareGroupStateRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    topics: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        stateEpoch: int32("0+"),
        leaderEpoch: int32("0+"),
        startOffset: int64("0+"),
        deliveryCompleteCount: int32("1+", { default: -1 }),
        stateBatches: array("0+", {
          firstOffset: int64("0+"),
          lastOffset: int64("0+"),
          deliveryState: int8("0+"),
          deliveryCount: int16("0+"),
        }),
      }),
    }),
  },
});

export const writeShareGroupStateResponse = message("WriteShareGroupStateResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    results: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+", default: null }),
      }),
    }),
  },
});

/** API 85. */
export const writeShareGroupState = api(
  85,
  "WriteShareGroupState",
  writeShareGroupStateRequest,
  writeShareGroupStateResponse,
);

export type WriteShareGroupStateRequest = Decoded<typeof writeShareGroupStateRequest>;
/** What a handler answers; defaults may be left out. */
export type WriteShareGroupStateResponse = Encodable<typeof writeShareGroupStateResponse>;
