/** UpdateRaftVoter (82): a voter's endpoints and versions changed. KIP-853. */

import {
  api,
  array,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
  struct,
  uint16,
  uuid,
} from "../schema.ts";

export const updateRaftVoterRequest = message("UpdateRaftVoterRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    clusterId: string("0+", { nullable: "0+" }),
    currentLeaderEpoch: int32("0+"),
    voterId: int32("0+"),
    voterDirectoryId: uuid("0+"),
    listeners: array("0+", {
      name: string("0+"),
      host: string("0+"),
      port: uint16("0+"),
    }),
    kRaftVersionFeature: struct("0+", {
      minSupportedVersion: int16("0+"),
      maxSupportedVersion: int16("0+"),
    }),
  },
});

export const updateRaftVoterResponse = message("UpdateRaftVoterResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    currentLeader: struct("0+", {
      leaderId: int32("0+", { default: -1 }),
      leaderEpoch: int32("0+", { default: -1 }),
      host: string("0+"),
      port: int32("0+"),
    }, { tag: 0 }),
  },
});

/** API 82. */
export const updateRaftVoter = api(82, "UpdateRaftVoter", updateRaftVoterRequest, updateRaftVoterResponse);

export type UpdateRaftVoterRequest = Decoded<typeof updateRaftVoterRequest>;
/** What a handler answers; defaults may be left out. */
export type UpdateRaftVoterResponse = Encodable<typeof updateRaftVoterResponse>;
