/** DeleteShareGroupState (86). KIP-932. */

import { api, array, type Decoded, type Encodable, int16, int32, message, string, uuid } from "../schema.ts";

export const deleteShareGroupStateRequest = message("DeleteShareGroupStateRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    topics: array("0+", {
      topicId: uuid("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
      }),
    }),
  },
});

export const deleteShareGroupStateResponse = message("DeleteShareGroupStateResponse", {
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

/** API 86. */
export const deleteShareGroupState = api(
  86,
  "DeleteShareGroupState",
  deleteShareGroupStateRequest,
  deleteShareGroupStateResponse,
);

export type DeleteShareGroupStateRequest = Decoded<typeof deleteShareGroupStateRequest>;
/** What a handler answers; defaults may be left out. */
export type DeleteShareGroupStateResponse = Encodable<typeof deleteShareGroupStateResponse>;
