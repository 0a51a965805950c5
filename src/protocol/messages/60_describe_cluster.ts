/** DescribeCluster (60): brokers or controllers of the cluster. KIP-700, KIP-919, KIP-1073. */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  string,
} from "../schema.ts";

export const describeClusterRequest = message("DescribeClusterRequest", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    includeClusterAuthorizedOperations: bool("0+"),
    endpointType: int8("1+", { default: 1 }),
    includeFencedBrokers: bool("2+", { default: false }),
  },
});

export const describeClusterResponse = message("DescribeClusterResponse", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+", default: null }),
    endpointType: int8("1+", { default: 1 }),
    clusterId: string("0+"),
    controllerId: int32("0+", { default: -1 }),
    brokers: array("0+", {
      brokerId: int32("0+"),
      host: string("0+"),
      port: int32("0+"),
      rack: string("0+", { nullable: "0+", default: null }),
      isFenced: bool("2+", { default: false }),
    }),
    clusterAuthorizedOperations: int32("0+", { default: -2147483648 }),
  },
});

/** API 60. */
export const describeCluster = api(60, "DescribeCluster", describeClusterRequest, describeClusterResponse);

export type DescribeClusterRequest = Decoded<typeof describeClusterRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeClusterResponse = Encodable<typeof describeClusterResponse>;
