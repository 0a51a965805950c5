/** RemoveRaftVoter (81): a voter leaves the quorum. KIP-853. */

import { api, type Decoded, type Encodable, int16, int32, message, string, uuid } from "../schema.ts";

export const removeRaftVoterRequest = message("RemoveRaftVoterRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    clusterId: string("0+", { nullable: "0+" }),
    voterId: int32("0+"),
    voterDirectoryId: uuid("0+"),
  },
});

export const removeRaftVoterResponse = message("RemoveRaftVoterResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
  },
});

/** API 81. */
export const removeRaftVoter = api(81, "RemoveRaftVoter", removeRaftVoterRequest, removeRaftVoterResponse);

export type RemoveRaftVoterRequest = Decoded<typeof removeRaftVoterRequest>;
/** What a handler answers; defaults may be left out. */
export type RemoveRaftVoterResponse = Encodable<typeof removeRaftVoterResponse>;
