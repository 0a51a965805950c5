/** DescribeGroups (15): state and members of groups. KIP-345, KIP-1043. */

import {
  api,
  array,
  arrayOf,
  bool,
  bytes,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
} from "../schema.ts";

export const describeGroupsRequest = message("DescribeGroupsRequest", {
  versions: "0-6",
  flexible: "5+",
  fields: {
    groups: arrayOf(string, "0+"),
    includeAuthorizedOperations: bool("3+", { default: false }),
  },
});

export const describeGroupsResponse = message("DescribeGroupsResponse", {
  versions: "0-6",
  flexible: "5+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    groups: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("6+", { nullable: "6+", default: null }),
      groupId: string("0+"),
      groupState: string("0+"),
      protocolType: string("0+"),
      protocolData: string("0+"),
      members: array("0+", {
        memberId: string("0+"),
        groupInstanceId: string("4+", { nullable: "4+", default: null }),
        clientId: string("0+"),
        clientHost: string("0+"),
        memberMetadata: bytes("0+"),
        memberAssignment: bytes("0+"),
      }),
      authorizedOperations: int32("3+", { default: -2147483648 }),
    }),
  },
});

/** API 15. */
export const describeGroups = api(15, "DescribeGroups", describeGroupsRequest, describeGroupsResponse);

export type DescribeGroupsRequest = Decoded<typeof describeGroupsRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeGroupsResponse = Encodable<typeof describeGroupsResponse>;
