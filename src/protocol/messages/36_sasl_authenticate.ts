/** SaslAuthenticate (36): one step of a SASL exchange. KIP-152, KIP-368. */

import { api, bytes, type Decoded, type Encodable, int16, int64, message, string } from "../schema.ts";

export const saslAuthenticateRequest = message("SaslAuthenticateRequest", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    authBytes: bytes("0+"),
  },
});

export const saslAuthenticateResponse = message("SaslAuthenticateResponse", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
    authBytes: bytes("0+"),
    sessionLifetimeMs: int64("1+", { default: 0 }),
  },
});

/** API 36. */
export const saslAuthenticate = api(
  36,
  "SaslAuthenticate",
  saslAuthenticateRequest,
  saslAuthenticateResponse,
);

export type SaslAuthenticateRequest = Decoded<typeof saslAuthenticateRequest>;
/** What a handler answers; defaults may be left out. */
export type SaslAuthenticateResponse = Encodable<typeof saslAuthenticateResponse>;
