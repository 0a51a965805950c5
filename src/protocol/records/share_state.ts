/** Keys and values of `__share_group_state` (KIP-932). */

import { array, type Decoded, int16, int32, int64, int8, message, string, uuid } from "../schema.ts";

export const shareSnapshotKey = message("ShareSnapshotKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    topicId: uuid("0"),
    partition: int32("0"),
  },
});
export type ShareSnapshotKey = Decoded<typeof shareSnapshotKey>;

export const shareSnapshotValue = message("ShareSnapshotValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    snapshotEpoch: int32("0+"),
    stateEpoch: int32("0+"),
    leaderEpoch: int32("0+"),
    startOffset: int64("0+"),
    deliveryCompleteCount: int32("0+", { default: -1, tag: 0 }),
    createTimestamp: int64("0+"),
    writeTimestamp: int64("0+"),
    stateBatches: array("0+", {
      firstOffset: int64("0+"),
      lastOffset: int64("0+"),
      deliveryState: int8("0+"),
      deliveryCount: int16("0+"),
    }),
  },
});
export type ShareSnapshotValue = Decoded<typeof shareSnapshotValue>;

export const shareUpdateKey = message("ShareUpdateKey", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0"),
    topicId: uuid("0"),
    partition: int32("0"),
  },
});
export type ShareUpdateKey = Decoded<typeof shareUpdateKey>;

export const shareUpdateValue = message("ShareUpdateValue", {
  versions: "0",
  flexible: "0+",
  fields: {
    snapshotEpoch: int32("0+"),
    leaderEpoch: int32("0+"),
    startOffset: int64("0+"),
    deliveryCompleteCount: int32("0+", { default: -1, tag: 0 }),
    stateBatches: array("0+", {
      firstOffset: int64("0+"),
      lastOffset: int64("0+"),
      deliveryState: int8("0+"),
      deliveryCount: int16("0+"),
    }),
  },
});
export type ShareUpdateValue = Decoded<typeof shareUpdateValue>;
