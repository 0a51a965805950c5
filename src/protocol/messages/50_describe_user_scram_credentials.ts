/** DescribeUserScramCredentials (50). KIP-554. */

import { api, array, type Decoded, type Encodable, int16, int32, int8, message, string } from "../schema.ts";

export const describeUserScramCredentialsRequest = message("DescribeUserScramCredentialsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    users: array("0+", {
      name: string("0+"),
    }, { nullable: "0+" }),
  },
});

export const describeUserScramCredentialsResponse = message("DescribeUserScramCredentialsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
    results: array("0+", {
      user: string("0+"),
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
      credentialInfos: array("0+", {
        mechanism: int8("0+"),
        iterations: int32("0+"),
      }),
    }),
  },
});

/** API 50. */
export const describeUserScramCredentials = api(
  50,
  "DescribeUserScramCredentials",
  describeUserScramCredentialsRequest,
  describeUserScramCredentialsResponse,
);

export type DescribeUserScramCredentialsRequest = Decoded<typeof describeUserScramCredentialsRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeUserScramCredentialsResponse = Encodable<typeof describeUserScramCredentialsResponse>;
