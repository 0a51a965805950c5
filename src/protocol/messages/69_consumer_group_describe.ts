/** ConsumerGroupDescribe (69): consumer groups of KIP-848 with their assignments. */

import {
  api,
  array,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  string,
  struct,
  uuid,
} from "../schema.ts";

const topicPartitions = {
  topicId: uuid("0+"),
  topicName: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

const assignment = {
  topicPartitions: array("0+", topicPartitions),
} as const;

export const consumerGroupDescribeRequest = message("ConsumerGroupDescribeRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    groupIds: arrayOf(string, "0+"),
    includeAuthorizedOperations: bool("0+"),
  },
});

export const consumerGroupDescribeResponse = message("ConsumerGroupDescribeResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    groups: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+", default: null }),
      groupId: string("0+"),
      groupState: string("0+"),
      groupEpoch: int32("0+"),
      assignmentEpoch: int32("0+"),
      assignorName: string("0+"),
      members: array("0+", {
        memberId: string("0+"),
        instanceId: string("0+", { nullable: "0+", default: null }),
        rackId: string("0+", { nullable: "0+", default: null }),
        memberEpoch: int32("0+"),
        clientId: string("0+"),
        clientHost: string("0+"),
        subscribedTopicNames: arrayOf(string, "0+"),
        subscribedTopicRegex: string("0+", { nullable: "0+", default: null }),
        assignment: struct("0+", assignment),
        targetAssignment: struct("0+", assignment),
        memberType: int8("1+", { default: -1 }),
      }),
      authorizedOperations: int32("0+", { default: -2147483648 }),
    }),
  },
});

/** API 69. */
export const consumerGroupDescribe = api(
  69,
  "ConsumerGroupDescribe",
  consumerGroupDescribeRequest,
  consumerGroupDescribeResponse,
);

export type ConsumerGroupDescribeRequest = Decoded<typeof consumerGroupDescribeRequest>;
/** What a handler answers; defaults may be left out. */
export type ConsumerGroupDescribeResponse = Encodable<typeof consumerGroupDescribeResponse>;
