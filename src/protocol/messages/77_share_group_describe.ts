/** ShareGroupDescribe (77). KIP-932. */

import {
  api,
  array,
  arrayOf,
  bool,
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
  topicName: string("0+"),
  partitions: arrayOf(int32, "0+"),
} as const;

const assignment = {
  topicPartitions: array("0+", topicPartitions),
} as const;

export const shareGroupDescribeRequest = message("ShareGroupDescribeRequest", {
  versions: "1",
  flexible: "0+",
  fields: {
    groupIds: arrayOf(string, "0+"),
    includeAuthorizedOperations: bool("0+"),
  },
});

export const shareGroupDescribeResponse = message("ShareGroupDescribeResponse", {
  versions: "1",
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
        rackId: string("0+", { nullable: "0+", default: null }),
        memberEpoch: int32("0+"),
        clientId: string("0+"),
        clientHost: string("0+"),
        subscribedTopicNames: arrayOf(string, "0+"),
        assignment: struct("0+", assignment),
      }),
      authorizedOperations: int32("0+", { default: -2147483648 }),
    }),
  },
});

/** API 77. */
export const shareGroupDescribe = api(
  77,
  "ShareGroupDescribe",
  shareGroupDescribeRequest,
  shareGroupDescribeResponse,
);

export type ShareGroupDescribeRequest = Decoded<typeof shareGroupDescribeRequest>;
/** What a handler answers; defaults may be left out. */
export type ShareGroupDescribeResponse = Encodable<typeof shareGroupDescribeResponse>;
