/** LeaveGroup (13): members leave. KIP-345 (batched), KIP-800 (reasons). */

import { api, array, type Decoded, type Encodable, int16, int32, message, string } from "../schema.ts";

export const leaveGroupRequest = message("LeaveGroupRequest", {
  versions: "0-5",
  flexible: "4+",
  fields: {
    groupId: string("0+"),
    memberId: string("0-2", { default: "" }),
    members: array("3+", {
      memberId: string("3+"),
      groupInstanceId: string("3+", { nullable: "3+", default: null }),
      reason: string("5+", { nullable: "5+", default: null }),
    }, { optional: true }),
  },
});

export const leaveGroupResponse = message("LeaveGroupResponse", {
  versions: "0-5",
  flexible: "4+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    errorCode: int16("0+"),
    members: array("3+", {
      memberId: string("3+"),
      groupInstanceId: string("3+", { nullable: "3+" }),
      errorCode: int16("3+"),
    }, { optional: true }),
  },
});

/** API 13. */
export const leaveGroup = api(13, "LeaveGroup", leaveGroupRequest, leaveGroupResponse);

export type LeaveGroupRequest = Decoded<typeof leaveGroupRequest>;
/** What a handler answers; defaults may be left out. */
export type LeaveGroupResponse = Encodable<typeof leaveGroupResponse>;
