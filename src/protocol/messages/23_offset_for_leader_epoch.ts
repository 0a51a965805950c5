/** OffsetForLeaderEpoch (23): where an epoch ended, to find divergence. KIP-101, KIP-279, KIP-320. */

import { api, array, type Decoded, type Encodable, int16, int32, int64, message, string } from "../schema.ts";

export const offsetForLeaderEpochRequest = message("OffsetForLeaderEpochRequest", {
  versions: "2-4",
  flexible: "4+",
  fields: {
    replicaId: int32("3+", { default: -2 }),
    topics: array("0+", {
      topic: string("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        currentLeaderEpoch: int32("2+", { default: -1 }),
        leaderEpoch: int32("0+"),
      }),
    }),
  },
});

export const offsetForLeaderEpochResponse = message("OffsetForLeaderEpochResponse", {
  versions: "2-4",
  flexible: "4+",
  fields: {
    throttleTimeMs: int32("2+", { default: 0 }),
    topics: array("0+", {
      topic: string("0+"),
      partitions: array("0+", {
        errorCode: int16("0+"),
        partition: int32("0+"),
        leaderEpoch: int32("1+", { default: -1 }),
        endOffset: int64("0+", { default: -1 }),
      }),
    }),
  },
});

/** API 23. */
export const offsetForLeaderEpoch = api(
  23,
  "OffsetForLeaderEpoch",
  offsetForLeaderEpochRequest,
  offsetForLeaderEpochResponse,
);

export type OffsetForLeaderEpochRequest = Decoded<typeof offsetForLeaderEpochRequest>;
/** What a handler answers; defaults may be left out. */
export type OffsetForLeaderEpochResponse = Encodable<typeof offsetForLeaderEpochResponse>;
