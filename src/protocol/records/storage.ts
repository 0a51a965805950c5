/** Producer snapshots and the metadata of tiered segments (KIP-98, KIP-405). */

import {
  array,
  bool,
  bytes,
  type Decoded,
  int16,
  int32,
  int64,
  int8,
  message,
  string,
  struct,
  uint32,
  uuid,
} from "../schema.ts";

export const producerSnapshot = message("ProducerSnapshot", {
  versions: "1",
  flexible: "none",
  fields: {
    crc: uint32("1"),
    producerEntries: array("1", {
      producerId: int64("1"),
      epoch: int16("1"),
      lastSequence: int32("1"),
      lastOffset: int64("1"),
      offsetDelta: int32("1"),
      timestamp: int64("1"),
      coordinatorEpoch: int32("1"),
      currentTxnFirstOffset: int64("1"),
    }),
  },
});
export type ProducerSnapshot = Decoded<typeof producerSnapshot>;

export const remoteLogSegmentMetadataRecord = message("RemoteLogSegmentMetadataRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    remoteLogSegmentId: struct("0+", {
      topicIdPartition: struct("0+", {
        name: string("0+"),
        id: uuid("0+"),
        partition: int32("0+"),
      }),
      id: uuid("0+"),
    }),
    startOffset: int64("0+"),
    endOffset: int64("0+"),
    brokerId: int32("0+"),
    maxTimestampMs: int64("0+"),
    eventTimestampMs: int64("0+"),
    segmentLeaderEpochs: array("0+", {
      leaderEpoch: int32("0+"),
      offset: int64("0+"),
    }),
    segmentSizeInBytes: int32("0+"),
    customMetadata: bytes("0+", { nullable: "0+", default: null }),
    remoteLogSegmentState: int8("0+"),
    txnIndexEmpty: bool("0+", { tag: 0 }),
  },
});
export type RemoteLogSegmentMetadataRecord = Decoded<typeof remoteLogSegmentMetadataRecord>;

export const remoteLogSegmentMetadataSnapshotRecord = message("RemoteLogSegmentMetadataSnapshotRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    segmentId: uuid("0+"),
    startOffset: int64("0+"),
    endOffset: int64("0+"),
    brokerId: int32("0+"),
    maxTimestampMs: int64("0+"),
    eventTimestampMs: int64("0+"),
    segmentLeaderEpochs: array("0+", {
      leaderEpoch: int32("0+"),
      offset: int64("0+"),
    }),
    segmentSizeInBytes: int32("0+"),
    customMetadata: bytes("0+", { nullable: "0+", default: null }),
    remoteLogSegmentState: int8("0+"),
    txnIndexEmpty: bool("0+", { tag: 0 }),
  },
});
export type RemoteLogSegmentMetadataSnapshotRecord = Decoded<typeof remoteLogSegmentMetadataSnapshotRecord>;

export const remoteLogSegmentMetadataUpdateRecord = message("RemoteLogSegmentMetadataUpdateRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    remoteLogSegmentId: struct("0+", {
      topicIdPartition: struct("0+", {
        name: string("0+"),
        id: uuid("0+"),
        partition: int32("0+"),
      }),
      id: uuid("0+"),
    }),
    brokerId: int32("0+"),
    eventTimestampMs: int64("0+"),
    customMetadata: bytes("0+", { nullable: "0+", default: null }),
    remoteLogSegmentState: int8("0+"),
  },
});
export type RemoteLogSegmentMetadataUpdateRecord = Decoded<typeof remoteLogSegmentMetadataUpdateRecord>;

export const remotePartitionDeleteMetadataRecord = message("RemotePartitionDeleteMetadataRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    topicIdPartition: struct("0+", {
      name: string("0+"),
      id: uuid("0+"),
      partition: int32("0+"),
    }),
    brokerId: int32("0+"),
    eventTimestampMs: int64("0+"),
    remotePartitionDeleteState: int8("0+"),
  },
});
export type RemotePartitionDeleteMetadataRecord = Decoded<typeof remotePartitionDeleteMetadataRecord>;
