/** ShareGroupHeartbeat (76): membership in a share group. KIP-932. */

import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
  struct,
  uuid,
} from "../schema.ts";

const topicPartitions = {
  topicId: uuid("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

export const shareGroupHeartbeatRequest = message("ShareGroupHeartbeatRequest", {
  versions: "1",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    memberId: string("0+"),
    memberEpoch: int32("0+"),
    rackId: string("0+", { nullable: "0+", default: null }),
    subscribedTopicNames: arrayOf(string, "0+", { nullable: "0+", default: null }),
  },
});

export const shareGroupHeartbeatResponse = message("ShareGroupHeartbeatResponse", {
  versions: "1",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+", default: null }),
    memberId: string("0+", { nullable: "0+", default: null }),
    memberEpoch: int32("0+"),
    heartbeatIntervalMs: int32("0+"),
    assignment: struct("0+", {
      topicPartitions: array("0+", topicPartitions),
    }, { nullable: "0+", default: null }),
  },
});

/** API 76. */
export const shareGroupHeartbeat = api(
  76,
  "ShareGroupHeartbeat",
  shareGroupHeartbeatRequest,
  shareGroupHeartbeatResponse,
);

export type ShareGroupHeartbeatRequest = Decoded<typeof shareGroupHeartbeatRequest>;
/** What a handler answers; defaults may be left out. */
export type ShareGroupHeartbeatResponse = Encodable<typeof shareGroupHeartbeatResponse>;
