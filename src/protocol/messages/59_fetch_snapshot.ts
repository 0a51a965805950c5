/** FetchSnapshot (59): a piece of a metadata snapshot. KIP-630, KIP-853. */

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
  records,
  string,
  struct,
  uint16,
  uuid,
} from "../schema.ts";

export const fetchSnapshotRequest = message("FetchSnapshotRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    clusterId: string("0+", { nullable: "0+", default: null, tag: 0 }),
    replicaId: int32("0+", { default: -1 }),
    maxBytes: int32("0+", { default: 2147483647 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partition: int32("0+"),
        currentLeaderEpoch: int32("0+"),
        snapshotId: struct("0+", {
          endOffset: int64("0+"),
          epoch: int32("0+"),
        }),
        position: int64("0+"),
        replicaDirectoryId: uuid("1+", { default: ZERO_UUID, tag: 0 }),
      }),
    }),
  },
});

export const fetchSnapshotResponse = message("FetchSnapshotResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        index: int32("0+"),
        errorCode: int16("0+"),
        snapshotId: struct("0+", {
          endOffset: int64("0+"),
          epoch: int32("0+"),
        }),
        currentLeader: struct("0+", {
          leaderId: int32("0+"),
          leaderEpoch: int32("0+"),
        }, { tag: 0 }),
        size: int64("0+"),
        position: int64("0+"),
        unalignedRecords: records("0+"),
      }),
    }),
    nodeEndpoints: array("1+", {
      nodeId: int32("1+"),
      host: string("1+"),
      port: uint16("1+"),
    }, { optional: true, tag: 0 }),
  },
});

/** API 59. */
export const fetchSnapshot = api(59, "FetchSnapshot", fetchSnapshotRequest, fetchSnapshotResponse);

export type FetchSnapshotRequest = Decoded<typeof fetchSnapshotRequest>;
/** What a handler answers; defaults may be left out. */
export type FetchSnapshotResponse = Encodable<typeof fetchSnapshotResponse>;
