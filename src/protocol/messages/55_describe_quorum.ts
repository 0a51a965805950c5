/**
 * DescribeQuorum (55): leader, epoch, voters, observers and their progress. KIP-595, KIP-836, KIP-853.
 */

import { ZERO_UUID } from "../../core/uuid.ts";
import {
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
  uint16,
  uuid,
} from "../schema.ts";

const replicaState = {
  replicaId: int32("0+"),
  replicaDirectoryId: uuid("2+", { default: ZERO_UUID }),
  logEndOffset: int64("0+"),
  lastFetchTimestamp: int64("1+", { default: -1 }),
  lastCaughtUpTimestamp: int64("1+", { default: -1 }),
} as const;

export const describeQuorumRequest = message("DescribeQuorumRequest", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
      }),
    }),
  },
});

export const describeQuorumResponse = message("DescribeQuorumResponse", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    errorCode: int16("0+"),
    errorMessage: string("2+", { nullable: "2+", default: "" }),
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("2+", { nullable: "2+", default: "" }),
        leaderId: int32("0+"),
        leaderEpoch: int32("0+"),
        highWatermark: int64("0+"),
        currentVoters: array("0+", replicaState),
        observers: array("0+", replicaState),
      }),
    }),
    nodes: array("2+", {
      nodeId: int32("2+"),
      listeners: array("2+", {
        name: string("2+"),
        host: string("2+"),
        port: uint16("2+"),
      }),
    }, { optional: true }),
  },
});

/** API 55. */
export const describeQuorum = api(55, "DescribeQuorum", describeQuorumRequest, describeQuorumResponse);

export type DescribeQuorumRequest = Decoded<typeof describeQuorumRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeQuorumResponse = Encodable<typeof describeQuorumResponse>;
