/**
 * Vote (52): a candidate asks for a vote, or with preVote whether it would get one. KIP-595, KIP-853,
 * KIP-996.
 */

import { ZERO_UUID } from "../../core/uuid.ts";
import {
  api,
  array,
  bool,
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

export const voteRequest = message("VoteRequest", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    clusterId: string("0+", { nullable: "0+", default: null }),
    voterId: int32("1+", { default: -1 }),
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        replicaEpoch: int32("0+"),
        replicaId: int32("0+"),
        replicaDirectoryId: uuid("1+", { default: ZERO_UUID }),
        voterDirectoryId: uuid("1+", { default: ZERO_UUID }),
        lastOffsetEpoch: int32("0+"),
        lastOffset: int64("0+"),
        preVote: bool("2+", { default: false }),
      }),
    }),
  },
});

export const voteResponse = message("VoteResponse", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    errorCode: int16("0+"),
    topics: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        leaderId: int32("0+"),
        leaderEpoch: int32("0+"),
        voteGranted: bool("0+"),
      }),
    }),
    nodeEndpoints: array("1+", {
      nodeId: int32("1+"),
      host: string("1+"),
      port: uint16("1+"),
    }, { optional: true, tag: 0 }),
  },
});

/** API 52. */
export const vote = api(52, "Vote", voteRequest, voteResponse);

export type VoteRequest = Decoded<typeof voteRequest>;
/** What a handler answers; defaults may be left out. */
export type VoteResponse = Encodable<typeof voteResponse>;
