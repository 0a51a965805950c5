/** ExpireDelegationToken (40). KIP-48. */

import { api, bytes, type Decoded, type Encodable, int16, int32, int64, message } from "../schema.ts";

export const expireDelegationTokenRequest = message("ExpireDelegationTokenRequest", {
  versions: "1-2",
  flexible: "2+",
  fields: {
    hmac: bytes("0+"),
    expiryTimePeriodMs: int64("0+"),
  },
});

export const expireDelegationTokenResponse = message("ExpireDelegationTokenResponse", {
  versions: "1-2",
  flexible: "2+",
  fields: {
    errorCode: int16("0+"),
    expiryTimestampMs: int64("0+"),
    throttleTimeMs: int32("0+", { default: 0 }),
  },
});

/** API 40. */
export const expireDelegationToken = api(
  40,
  "ExpireDelegationToken",
  expireDelegationTokenRequest,
  expireDelegationTokenResponse,
);

export type ExpireDelegationTokenRequest = Decoded<typeof expireDelegationTokenRequest>;
/** What a handler answers; defaults may be left out. */
export type ExpireDelegationTokenResponse = Encodable<typeof expireDelegationTokenResponse>;
