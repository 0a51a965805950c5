/** BeginQuorumEpoch (53): a new leader makes itself known. KIP-595, KIP-853. */

import { ZERO_UUID } from "../../core/uuid.ts";
import {
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
  uint16,
  uuid,
} from "../schema.ts";

export const beginQuorumEpochRequest = message("BeginQuorumEpochRequest", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    clusterId: string("0+", { nullable: "0+", default: null }),
    voterId: int32("1+", { default: -1 }),
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        voterDirectoryId: uuid("1+", { default: ZERO_UUID }),
        leaderId: int32("0+"),
        leaderEpoch: int32("0+"),
      }),
    }),
    leaderEndpoints: array("1+", {
      name: string("1+"),
      host: string("1+"),
      port: uint16("1+"),
    }, { optional: true }),
  },
});

export const beginQuorumEpochResponse = message("BeginQuorumEpochResponse", {
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

/** API 53. */
export const beginQuorumEpoch = api(
  53,
  "BeginQuorumEpoch",
  beginQuorumEpochRequest,
  beginQuorumEpochResponse,
);

export type BeginQuorumEpochRequest = Decoded<typeof beginQuorumEpochRequest>;
/** What a handler answers; defaults may be left out. */
export type BeginQuorumEpochResponse = Encodable<typeof beginQuorumEpochResponse>;
