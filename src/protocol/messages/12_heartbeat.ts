/** Heartbeat (12): says that a member is alive. KIP-345. */

import { api, type Decoded, type Encodable, int16, int32, message, string } from "../schema.ts";

export const heartbeatRequest = message("HeartbeatRequest", {
  versions: "0-4",
  flexible: "4+",
  fields: {
    groupId: string("0+"),
    generationId: int32("0+"),
    memberId: string("0+"),
    groupInstanceId: string("3+", { nullable: "3+", default: null }),
  },
});

export const heartbeatResponse = message("HeartbeatResponse", {
  versions: "0-4",
  flexible: "4+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    errorCode: int16("0+"),
  },
});

/** API 12. */
export const heartbeat = api(12, "Heartbeat", heartbeatRequest, heartbeatResponse);

export type HeartbeatRequest = Decoded<typeof heartbeatRequest>;
/** What a handler answers; defaults may be left out. */
export type HeartbeatResponse = Encodable<typeof heartbeatResponse>;
