/** SyncGroup (14): the leader hands in assignments, each member receives its own. KIP-345, KIP-559. */

import { api, array, bytes, type Decoded, type Encodable, int16, int32, message, string } from "../schema.ts";

export const syncGroupRequest = message("SyncGroupRequest", {
  versions: "0-5",
  flexible: "4+",
  fields: {
    groupId: string("0+"),
    generationId: int32("0+"),
    memberId: string("0+"),
    groupInstanceId: string("3+", { nullable: "3+", default: null }),
    protocolType: string("5+", { nullable: "5+", default: null }),
    protocolName: string("5+", { nullable: "5+", default: null }),
    assignments: array("0+", {
      memberId: string("0+"),
      assignment: bytes("0+"),
    }),
  },
});

export const syncGroupResponse = message("SyncGroupResponse", {
  versions: "0-5",
  flexible: "4+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    errorCode: int16("0+"),
    protocolType: string("5+", { nullable: "5+", default: null }),
    protocolName: string("5+", { nullable: "5+", default: null }),
    assignment: bytes("0+"),
  },
});

/** API 14. */
export const syncGroup = api(14, "SyncGroup", syncGroupRequest, syncGroupResponse);

export type SyncGroupRequest = Decoded<typeof syncGroupRequest>;
/** What a handler answers; defaults may be left out. */
export type SyncGroupResponse = Encodable<typeof syncGroupResponse>;
