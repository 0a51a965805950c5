/** DescribeDelegationToken (41). KIP-48, KIP-373. */

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

export const describeDelegationTokenRequest = message("DescribeDelegationTokenRequest", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    owners: array("0+", {
      principalType: string("0+"),
      principalName: string("0+"),
    }, { nullable: "0+" }),
  },
});

export const describeDelegationTokenResponse = message("DescribeDelegationTokenResponse", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    errorCode: int16("0+"),
    tokens: array("0+", {
      principalType: string("0+"),
      principalName: string("0+"),
      tokenRequesterPrincipalType: string("3+", { default: "" }),
      tokenRequesterPrincipalName: string("3+", { default: "" }),
      issueTimestamp: int64("0+"),
      expiryTimestamp: int64("0+"),
      maxTimestamp: int64("0+"),
      tokenId: string("0+"),
      hmac: bytes("0+"),
      renewers: array("0+", {
        principalType: string("0+"),
        principalName: string("0+"),
      }),
    }),
    throttleTimeMs: int32("0+", { default: 0 }),
  },
});

/** API 41. */
export const describeDelegationToken = api(
  41,
  "DescribeDelegationToken",
  describeDelegationTokenRequest,
  describeDelegationTokenResponse,
);

export type DescribeDelegationTokenRequest = Decoded<typeof describeDelegationTokenRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeDelegationTokenResponse = Encodable<typeof describeDelegationTokenResponse>;
