/** DescribeShareGroupOffsets (90). KIP-932. */

import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
  uuid,
} from "../schema.ts";

export const describeShareGroupOffsetsRequest = message("DescribeShareGroupOffsetsRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    groups: array("0+", {
      groupId: string("0+"),
      topics: array("0+", {
        topicName: string("0+"),
        partitions: arrayOf(int32, "0+"),
      }, { nullable: "0+" }),
    }),
  },
});

export const describeShareGroupOffsetsResponse = message("DescribeShareGroupOffsetsResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    groups: array("0+", {
      groupId: string("0+"),
      topics: array("0+", {
        topicName: string("0+"),
        topicId: uuid("0+"),
        partitions: array("0+", {
          partitionIndex: int32("0+"),
          startOffset: int64("0+"),
          leaderEpoch: int32("0+"),
          lag: int64("1+", { default: -1 }),
          errorCode: int16("0+"),
          errorMessage: string("0+", { nullable: "0+", default: null }),
        }),
      }),
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+", default: null }),
    }),
  },
});

/** API 90. */
export const describeShareGroupOffsets = api(
  90,
  "DescribeShareGroupOffsets",
  describeShareGroupOffsetsRequest,
  describeShareGroupOffsetsResponse,
);

export type DescribeShareGroupOffsetsRequest = Decoded<typeof describeShareGroupOffsetsRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeShareGroupOffsetsResponse = Encodable<typeof describeShareGroupOffsetsResponse>;
