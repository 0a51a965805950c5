/** AlterUserScramCredentials (51). KIP-554. */

import {
  api,
  array,
  bytes,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  string,
} from "../schema.ts";

export const alterUserScramCredentialsRequest = message("AlterUserScramCredentialsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    deletions: array("0+", {
      name: string("0+"),
      mechanism: int8("0+"),
    }),
    upsertions: array("0+", {
      name: string("0+"),
      mechanism: int8("0+"),
      iterations: int32("0+"),
      salt: bytes("0+"),
      saltedPassword: bytes("0+"),
    }),
  },
});

export const alterUserScramCredentialsResponse = message("AlterUserScramCredentialsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    results: array("0+", {
      user: string("0+"),
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
    }),
  },
});

/** API 51. */
export const alterUserScramCredentials = api(
  51,
  "AlterUserScramCredentials",
  alterUserScramCredentialsRequest,
  alterUserScramCredentialsResponse,
);

export type AlterUserScramCredentialsRequest = Decoded<typeof alterUserScramCredentialsRequest>;
/** What a handler answers; defaults may be left out. */
export type AlterUserScramCredentialsResponse = Encodable<typeof alterUserScramCredentialsResponse>;
