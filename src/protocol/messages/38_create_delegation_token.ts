/** CreateDelegationToken (38). KIP-48, KIP-373. */

import {
  api,
  array,
  bytes,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
} from "../schema.ts";

export const createDelegationTokenRequest = message("CreateDelegationTokenRequest", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    ownerPrincipalType: string("3+", { nullable: "3+", default: "" }),
    ownerPrincipalName: string("3+", { nullable: "3+", default: "" }),
    renewers: array("0+", {
      principalType: string("0+"),
      principalName: string("0+"),
    }),
    maxLifetimeMs: int64("0+"),
  },
});

export const createDelegationTokenResponse = message("CreateDelegationTokenResponse", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    errorCode: int16("0+"),
    principalType: string("0+"),
    principalName: string("0+"),
    tokenRequesterPrincipalType: string("3+", { default: "" }),
    tokenRequesterPrincipalName: string("3+", { default: "" }),
    issueTimestampMs: int64("0+"),
    expiryTimestampMs: int64("0+"),
    maxTimestampMs: int64("0+"),
    tokenId: string("0+"),
    hmac: bytes("0+"),
    throttleTimeMs: int32("0+", { default: 0 }),
  },
});

/** API 38. */
export const createDelegationToken = api(
  38,
  "CreateDelegationToken",
  createDelegationTokenRequest,
  createDelegationTokenResponse,
);

export type CreateDelegationTokenRequest = Decoded<typeof createDelegationTokenRequest>;
/** What a handler answers; defaults may be left out. */
export type CreateDelegationTokenResponse = Encodable<typeof createDelegationTokenResponse>;
