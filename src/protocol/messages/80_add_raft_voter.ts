/** AddRaftVoter (80): a controller becomes a voter. KIP-853, KIP-1186. */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
  uint16,
  uuid,
} from "../schema.ts";

export const addRaftVoterRequest = message("AddRaftVoterRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    clusterId: string("0+", { nullable: "0+" }),
    timeoutMs: int32("0+"),
    voterId: int32("0+"),
    voterDirectoryId: uuid("0+"),
    listeners: array("0+", {
      name: string("0+"),
      host: string("0+"),
      port: uint16("0+"),
    }),
    ackWhenCommitted: bool("1+", { default: true }),
  },
});

export const addRaftVoterResponse = message("AddRaftVoterResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
  },
});

/** API 80. */
export const addRaftVoter = api(80, "AddRaftVoter", addRaftVoterRequest, addRaftVoterResponse);

export type AddRaftVoterRequest = Decoded<typeof addRaftVoterRequest>;
/** What a handler answers; defaults may be left out. */
export type AddRaftVoterResponse = Encodable<typeof addRaftVoterResponse>;
