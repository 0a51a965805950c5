/** OffsetCommit (8): stores the positions of a group. KIP-98, KIP-345, KIP-848. */

import { ZERO_UUID } from "../../core/uuid.ts";
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

export const offsetCommitRequest = message("OffsetCommitRequest", {
  versions: "2-10",
  flexible: "8+",
  fields: {
    groupId: string("0+"),
    generationIdOrMemberEpoch: int32("1+", { default: -1 }),
    memberId: string("1+"),
    groupInstanceId: string("7+", { nullable: "7+", default: null }),
    retentionTimeMs: int64("2-4", { default: -1 }),
    topics: array("0+", {
      name: string("0-9", { default: "" }),
      topicId: uuid("10+", { default: ZERO_UUID }),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        committedOffset: int64("0+"),
        committedLeaderEpoch: int32("6+", { default: -1 }),
        committedMetadata: string("0+", { nullable: "0+" }),
      }),
    }),
  },
});

export const offsetCommitResponse = message("OffsetCommitResponse", {
  versions: "2-10",
  flexible: "8+",
  fields: {
    throttleTimeMs: int32("3+", { default: 0 }),
    topics: array("0+", {
      name: string("0-9", { default: "" }),
      topicId: uuid("10+", { default: ZERO_UUID }),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
      }),
    }),
  },
});

/** API 8. */
export const offsetCommit = api(8, "OffsetCommit", offsetCommitRequest, offsetCommitResponse);

export type OffsetCommitRequest = Decoded<typeof offsetCommitRequest>;
/** What a handler answers; defaults may be left out. */
export type OffsetCommitResponse = Encodable<typeof offsetCommitResponse>;
