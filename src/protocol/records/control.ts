/** Control records: in transactional logs and in the metadata log. KIP-98, KIP-595, KIP-630, KIP-853. */

import { ZERO_UUID } from "../../core/uuid.ts";
import {
  array,
  type Decoded,
  int16,
  int32,
  int64,
  message,
  string,
  struct,
  uint16,
  uuid,
} from "../schema.ts";

export const controlRecordTypeSchema = message("ControlRecordTypeSchema", {
  versions: "0",
  flexible: "none",
  fields: {
    type: int16("0+"),
  },
});
export type ControlRecordTypeSchema = Decoded<typeof controlRecordTypeSchema>;

export const endTxnMarker = message("EndTxnMarker", {
  versions: "0",
  flexible: "none",
  fields: {
    coordinatorEpoch: int32("0+"),
  },
});
export type EndTxnMarker = Decoded<typeof endTxnMarker>;

const voter = {
  voterId: int32("0+"),
  voterDirectoryId: uuid("1+", { default: ZERO_UUID }),
} as const;

export const leaderChangeMessage = message("LeaderChangeMessage", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    version: int16("0+"),
    leaderId: int32("0+"),
    voters: array("0+", voter),
    grantingVoters: array("0+", voter),
  },
});
export type LeaderChangeMessage = Decoded<typeof leaderChangeMessage>;

export const snapshotHeaderRecord = message("SnapshotHeaderRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    version: int16("0+"),
    lastContainedLogTimestamp: int64("0+"),
  },
});
export type SnapshotHeaderRecord = Decoded<typeof snapshotHeaderRecord>;

export const snapshotFooterRecord = message("SnapshotFooterRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    version: int16("0+"),
  },
});
export type SnapshotFooterRecord = Decoded<typeof snapshotFooterRecord>;

export const kRaftVersionRecord = message("KRaftVersionRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    version: int16("0+"),
    kRaftVersion: int16("0+"),
  },
});
export type KRaftVersionRecord = Decoded<typeof kRaftVersionRecord>;

export const votersRecord = message("VotersRecord", {
  versions: "0",
  flexible: "0+",
  fields: {
    version: int16("0+"),
    voters: array("0+", {
      voterId: int32("0+"),
      voterDirectoryId: uuid("0+"),
      endpoints: array("0+", {
        name: string("0+"),
        host: string("0+"),
        port: uint16("0+"),
      }),
      kRaftVersionFeature: struct("0+", {
        minSupportedVersion: int16("0+"),
        maxSupportedVersion: int16("0+"),
      }),
    }),
  },
});
export type VotersRecord = Decoded<typeof votersRecord>;
