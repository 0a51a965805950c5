/** ConsumerGroupHeartbeat (68): membership in the broker-side rebalance protocol. KIP-848. */

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

export const consumerGroupHeartbeatRequest = message("ConsumerGroupHeartbeatRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    groupId: string("0+"),
    memberId: string("0+"),
    memberEpoch: int32("0+"),
    instanceId: string("0+", { nullable: "0+", default: null }),
    rackId: string("0+", { nullable: "0+", default: null }),
    rebalanceTimeoutMs: int32("0+", { default: -1 }),
    subscribedTopicNames: arrayOf(string, "0+", { nullable: "0+", default: null }),
    subscribedTopicRegex: string("1+", { nullable: "1+", default: null }),
    serverAssignor: string("0+", { nullable: "0+", default: null }),
    topicPartitions: array("0+", {
      topicId: uuid("0+"),
      partitions: arrayOf(int32, "0+"),
    }, { nullable: "0+", default: null }),
  },
});

export const consumerGroupHeartbeatResponse = message("ConsumerGroupHeartbeatResponse", {
  versions: "0-1",
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

/** API 68. */
export const consumerGroupHeartbeat = api(
  68,
  "ConsumerGroupHeartbeat",
  consumerGroupHeartbeatRequest,
  consumerGroupHeartbeatResponse,
);

export type ConsumerGroupHeartbeatRequest = Decoded<typeof consumerGroupHeartbeatRequest>;
/** What a handler answers; defaults may be left out. */
export type ConsumerGroupHeartbeatResponse = Encodable<typeof consumerGroupHeartbeatResponse>;
