/** InitializeShareGroupState (83). KIP-932. */

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

export const initializeShareGroupStateRequest = message("InitializeShareGroupStateRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    topics: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        stateEpoch: int32("0+"),
        startOffset: int64("0+"),
      }),
    }),
  },
});

export const initializeShareGroupStateResponse = message("InitializeShareGroupStateResponse", {
  versions: "0",
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

/** API 83. */
export const initializeShareGroupState = api(
  83,
  "InitializeShareGroupState",
  initializeShareGroupStateRequest,
  initializeShareGroupStateResponse,
);

export type InitializeShareGroupStateRequest = Decoded<typeof initializeShareGroupStateRequest>;
/** What a handler answers; defaults may be left out. */
export type InitializeShareGroupStateResponse = Encodable<typeof initializeShareGroupStateResponse>;
