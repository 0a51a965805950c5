/** Keys and values of `__consumer_offsets` for committed offsets and classic groups. */

import { ZERO_UUID } from "../../core/uuid.ts";
import { array, bytes, type Decoded, int32, int64, message, string, uuid } from "../schema.ts";

export const groupMetadataKey = message("GroupMetadataKey", {
  versions: "0",
  flexible: "none",
  fields: {
    group: string("0"),
  },
});
export type GroupMetadataKey = Decoded<typeof groupMetadataKey>;

const memberMetadata = {
  memberId: string("0+"),
  groupInstanceId: string("3+", { nullable: "3+", default: null }),
  clientId: string("0+"),
  clientHost: string("0+"),
  rebalanceTimeout: int32("1+", { default: -1 }),
  sessionTimeout: int32("0+"),
  subscription: bytes("0+"),
  assignment: bytes("0+"),
} as const;

export const groupMetadataValue = message("GroupMetadataValue", {
  versions: "0-4",
  flexible: "4+",
  fields: {
    protocolType: string("0+"),
    generation: int32("0+"),
    protocol: string("0+", { nullable: "0+" }),
    leader: string("0+", { nullable: "0+" }),
    currentStateTimestamp: int64("2+", { default: -1 }),
    members: array("0+", memberMetadata),
  },
});
export type GroupMetadataValue = Decoded<typeof groupMetadataValue>;

export const legacyOffsetCommitKey = message("LegacyOffsetCommitKey", {
  versions: "0",
  flexible: "none",
  fields: {
    group: string("0"),
    topic: string("0"),
    partition: int32("0"),
  },
});
export type LegacyOffsetCommitKey = Decoded<typeof legacyOffsetCommitKey>;

export const legacyOffsetCommitValue = message("LegacyOffsetCommitValue", {
  versions: "0",
  flexible: "none",
  fields: {
    offset: int64("0"),
    metadata: string("0"),
    commitTimestamp: int64("0"),
  },
});
export type LegacyOffsetCommitValue = Decoded<typeof legacyOffsetCommitValue>;

export const offsetCommitKey = message("OffsetCommitKey", {
  versions: "0",
  flexible: "none",
  fields: {
    group: string("0"),
    topic: string("0"),
    partition: int32("0"),
  },
});
export type OffsetCommitKey = Decoded<typeof offsetCommitKey>;

export const offsetCommitValue = message("OffsetCommitValue", {
  versions: "0-4",
  flexible: "4+",
  fields: {
    offset: int64("0+"),
    leaderEpoch: int32("3+", { default: -1 }),
    metadata: string("0+"),
    commitTimestamp: int64("0+"),
    expireTimestamp: int64("1", { default: -1 }),
    topicId: uuid("4+", { default: ZERO_UUID, tag: 0 }),
  },
});
export type OffsetCommitValue = Decoded<typeof offsetCommitValue>;
