/** RenewDelegationToken (39). KIP-48. */

import { api, bytes, type Decoded, type Encodable, int16, int32, int64, message } from "../schema.ts";

export const renewDelegationTokenRequest = message("RenewDelegationTokenRequest", {
  versions: "1-2",
  flexible: "2+",
  fields: {
    hmac: bytes("0+"),
    renewPeriodMs: int64("0+"),
  },
});

export const renewDelegationTokenResponse = message("RenewDelegationTokenResponse", {
  versions: "1-2",
  flexible: "2+",
  fields: {
    errorCode: int16("0+"),
    expiryTimestampMs: int64("0+"),
    throttleTimeMs: int32("0+", { default: 0 }),
  },
});

/** API 39. */
export const renewDelegationToken = api(
  39,
  "RenewDelegationToken",
  renewDelegationTokenRequest,
  renewDelegationTokenResponse,
);

export type RenewDelegationTokenRequest = Decoded<typeof renewDelegationTokenRequest>;
/** What a handler answers; defaults may be left out. */
export type RenewDelegationTokenResponse = Encodable<typeof renewDelegationTokenResponse>;
