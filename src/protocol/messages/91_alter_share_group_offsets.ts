/** AlterShareGroupOffsets (91). KIP-932. */

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

export const alterShareGroupOffsetsRequest = message("AlterShareGroupOffsetsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        startOffset: int64("0+"),
      }),
    }),
  },
});

export const alterShareGroupOffsetsResponse = message("AlterShareGroupOffsetsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+", default: null }),
    responses: array("0+", {
      topicName: string("0+"),
      topicId: uuid("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+", default: null }),
      }),
    }),
  },
});

/** API 91. */
export const alterShareGroupOffsets = api(
  91,
  "AlterShareGroupOffsets",
  alterShareGroupOffsetsRequest,
  alterShareGroupOffsetsResponse,
);

export type AlterShareGroupOffsetsRequest = Decoded<typeof alterShareGroupOffsetsRequest>;
/** What a handler answers; defaults may be left out. */
export type AlterShareGroupOffsetsResponse = Encodable<typeof alterShareGroupOffsetsResponse>;
