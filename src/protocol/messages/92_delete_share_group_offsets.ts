/** DeleteShareGroupOffsets (92). KIP-932. */

import { api, array, type Decoded, type Encodable, int16, int32, message, string, uuid } from "../schema.ts";

export const deleteShareGroupOffsetsRequest = message("DeleteShareGroupOffsetsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    topics: array("0+", {
      topicName: string("0+"),
    }),
  },
});

export const deleteShareGroupOffsetsResponse = message("DeleteShareGroupOffsetsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+", default: null }),
    responses: array("0+", {
      topicName: string("0+"),
      topicId: uuid("0+"),
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+", default: null }),
    }),
  },
});

/** API 92. */
export const deleteShareGroupOffsets = api(
  92,
  "DeleteShareGroupOffsets",
  deleteShareGroupOffsetsRequest,
  deleteShareGroupOffsetsResponse,
);

export type DeleteShareGroupOffsetsRequest = Decoded<typeof deleteShareGroupOffsetsRequest>;
/** What a handler answers; defaults may be left out. */
export type DeleteShareGroupOffsetsResponse = Encodable<typeof deleteShareGroupOffsetsResponse>;
