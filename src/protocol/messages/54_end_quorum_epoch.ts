/** EndQuorumEpoch (54): a leader resigns and names successors. KIP-595, KIP-853. */

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
  uint16,
  uuid,
} from "../schema.ts";

export const endQuorumEpochRequest = message("EndQuorumEpochRequest", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    clusterId: string("0+", { nullable: "0+", default: null }),
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        leaderId: int32("0+"),
        leaderEpoch: int32("0+"),
        preferredSuccessors: arrayOf(int32, "0", { optional: true }),
        preferredCandidates: array("1+", {
          candidateId: int32("1+"),
          candidateDirectoryId: uuid("1+"),
        }, { optional: true }),
      }),
    }),
    leaderEndpoints: array("1+", {
      name: string("1+"),
      host: string("1+"),
      port: uint16("1+"),
    }, { optional: true }),
  },
});

export const endQuorumEpochResponse = message("EndQuorumEpochResponse", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    errorCode: int16("0+"),
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        leaderId: int32("0+"),
        leaderEpoch: int32("0+"),
      }),
    }),
    nodeEndpoints: array("1+", {
      nodeId: int32("1+"),
      host: string("1+"),
      port: uint16("1+"),
    }, { optional: true, tag: 0 }),
  },
});

/** API 54. */
export const endQuorumEpoch = api(54, "EndQuorumEpoch", endQuorumEpochRequest, endQuorumEpochResponse);

export type EndQuorumEpochRequest = Decoded<typeof endQuorumEpochRequest>;
/** What a handler answers; defaults may be left out. */
export type EndQuorumEpochResponse = Encodable<typeof endQuorumEpochResponse>;
