/**
 * Fetch (1): reads record batches, waiting for enough of them; followers replicate with it too. KIP-227
 * (sessions), KIP-392 (rack), KIP-516 (topic ids from v13), KIP-595 (raft), KIP-903 (replica state).
 */

import { ZERO_UUID } from "../../core/uuid.ts";
import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  int8,
  message,
  records,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const fetchRequest = message("FetchRequest", {
  versions: "4-18",
  flexible: "12+",
  fields: {
    clusterId: string("12+", { nullable: "12+", default: null, tag: 0 }),
    replicaId: int32("0-14", { default: -1 }),
    replicaState: struct("15+", {
      replicaId: int32("15+", { default: -1 }),
      replicaEpoch: int64("15+", { default: -1 }),
    }, { optional: true, tag: 1 }),
    maxWaitMs: int32("0+"),
    minBytes: int32("0+"),
    maxBytes: int32("3+", { default: 2147483647 }),
    isolationLevel: int8("4+", { default: 0 }),
    sessionId: int32("7+", { default: 0 }),
    sessionEpoch: int32("7+", { default: -1 }),
    topics: array("0+", {
      topic: string("0-12", { default: "" }),
      topicId: uuid("13+", { default: ZERO_UUID }),
      partitions: array("0+", {
        partition: int32("0+"),
        currentLeaderEpoch: int32("9+", { default: -1 }),
        fetchOffset: int64("0+"),
        lastFetchedEpoch: int32("12+", { default: -1 }),
        logStartOffset: int64("5+", { default: -1 }),
        partitionMaxBytes: int32("0+"),
        replicaDirectoryId: uuid("17+", { default: ZERO_UUID, tag: 0 }),
        highWatermark: int64("18+", { default: Number.MAX_SAFE_INTEGER, tag: 1 }),
      }),
    }),
    forgottenTopicsData: array("7+", {
      topic: string("7-12", { default: "" }),
      topicId: uuid("13+", { default: ZERO_UUID }),
      partitions: arrayOf(int32, "7+"),
    }, { optional: true }),
    rackId: string("11+", { default: "" }),
  },
});

export const fetchResponse = message("FetchResponse", {
  versions: "4-18",
  flexible: "12+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    errorCode: int16("7+", { default: 0 }),
    sessionId: int32("7+", { default: 0 }),
    responses: array("0+", {
      topic: string("0-12", { default: "" }),
      topicId: uuid("13+", { default: ZERO_UUID }),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        highWatermark: int64("0+"),
        lastStableOffset: int64("4+", { default: -1 }),
        logStartOffset: int64("5+", { default: -1 }),
        divergingEpoch: struct("12+", {
          epoch: int32("12+", { default: -1 }),
          endOffset: int64("12+", { default: -1 }),
        }, { optional: true, tag: 0 }),
        currentLeader: struct("12+", {
          leaderId: int32("12+", { default: -1 }),
          leaderEpoch: int32("12+", { default: -1 }),
        }, { optional: true, tag: 1 }),
        snapshotId: struct("12+", {
          endOffset: int64("0+", { default: -1 }),
          epoch: int32("0+", { default: -1 }),
        }, { optional: true, tag: 2 }),
        abortedTransactions: array("4+", {
          producerId: int64("4+"),
          firstOffset: int64("4+"),
        }, { nullable: "4+" }),
        preferredReadReplica: int32("11+", { default: -1 }),
        records: records("0+", { nullable: "0+" }),
      }),
    }),
    nodeEndpoints: array("16+", {
      nodeId: int32("16+"),
      host: string("16+"),
      port: int32("16+"),
      rack: string("16+", { nullable: "16+", default: null }),
    }, { optional: true, tag: 0 }),
  },
});

/** API 1. */
export const fetch = api(1, "Fetch", fetchRequest, fetchResponse);

export type FetchRequest = Decoded<typeof fetchRequest>;
/** What a handler answers; defaults may be left out. */
export type FetchResponse = Encodable<typeof fetchResponse>;
