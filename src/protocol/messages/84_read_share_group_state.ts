/** ReadShareGroupState (84). KIP-932. */

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

export const readShareGroupStateRequest = message("ReadShareGroupStateRequest", {
  versions: "0",
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

export const readShareGroupStateResponse = message("ReadShareGroupStateResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    results: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+", default: null }),
        stateEpoch: int32("0+"),
        startOffset: int64("0+"),
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

/** API 84. */
export const readShareGroupState = api(
  84,
  "ReadShareGroupState",
  readShareGroupStateRequest,
  readShareGroupStateResponse,
);

export type ReadShareGroupStateRequest = Decoded<typeof readShareGroupStateRequest>;
/** What a handler answers; defaults may be left out. */
export type ReadShareGroupStateResponse = Encodable<typeof readShareGroupStateResponse>;
