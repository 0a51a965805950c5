/**
 * OffsetFetch (9): reads the committed positions of groups. KIP-447 (requireStable), KIP-709 (batched),
 * KIP-848.
 */

import { ZERO_UUID } from "../../core/uuid.ts";
import {
  api,
  array,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
  uuid,
} from "../schema.ts";

export const offsetFetchRequest = message("OffsetFetchRequest", {
  versions: "1-10",
  flexible: "6+",
  fields: {
    groupId: string("0-7", { default: "" }),
    topics: array("0-7", {
      name: string("0-7"),
      partitionIndexes: arrayOf(int32, "0-7"),
    }, { nullable: "2-7", optional: true }),
    groups: array("8+", {
      groupId: string("8+"),
      memberId: string("9+", { nullable: "9+", default: null }),
      memberEpoch: int32("9+", { default: -1 }),
      topics: array("8+", {
        name: string("8-9", { default: "" }),
        topicId: uuid("10+", { default: ZERO_UUID }),
        partitionIndexes: arrayOf(int32, "8+"),
      }, { nullable: "8+" }),
    }, { optional: true }),
    requireStable: bool("7+", { default: false }),
  },
});

export const offsetFetchResponse = message("OffsetFetchResponse", {
  versions: "1-10",
  flexible: "6+",
  fields: {
    throttleTimeMs: int32("3+", { default: 0 }),
    topics: array("0-7", {
      name: string("0-7"),
      partitions: array("0-7", {
        partitionIndex: int32("0-7"),
        committedOffset: int64("0-7"),
        committedLeaderEpoch: int32("5-7", { default: -1 }),
        metadata: string("0-7", { nullable: "0-7" }),
        errorCode: int16("0-7"),
      }),
    }, { optional: true }),
    errorCode: int16("2-7", { default: 0 }),
    groups: array("8+", {
      groupId: string("8+"),
      topics: array("8+", {
        name: string("8-9", { default: "" }),
        topicId: uuid("10+", { default: ZERO_UUID }),
        partitions: array("8+", {
          partitionIndex: int32("8+"),
          committedOffset: int64("8+"),
          committedLeaderEpoch: int32("8+", { default: -1 }),
          metadata: string("8+", { nullable: "8+" }),
          errorCode: int16("8+"),
        }),
      }),
      errorCode: int16("8+", { default: 0 }),
    }, { optional: true }),
  },
});

/** API 9. */
export const offsetFetch = api(9, "OffsetFetch", offsetFetchRequest, offsetFetchResponse);

export type OffsetFetchRequest = Decoded<typeof offsetFetchRequest>;
/** What a handler answers; defaults may be left out. */
export type OffsetFetchResponse = Encodable<typeof offsetFetchResponse>;
