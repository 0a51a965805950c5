/** SaslHandshake (17): chooses the SASL mechanism. KIP-43, KIP-152. */

import { api, arrayOf, type Decoded, type Encodable, int16, message, string } from "../schema.ts";

export const saslHandshakeRequest = message("SaslHandshakeRequest", {
  versions: "0-1",
  flexible: "none",
  fields: {
    mechanism: string("0+"),
  },
});

export const saslHandshakeResponse = message("SaslHandshakeResponse", {
  versions: "0-1",
  flexible: "none",
  fields: {
    errorCode: int16("0+"),
    mechanisms: arrayOf(string, "0+"),
  },
});

/** API 17. */
export const saslHandshake = api(17, "SaslHandshake", saslHandshakeRequest, saslHandshakeResponse);

export type SaslHandshakeRequest = Decoded<typeof saslHandshakeRequest>;
/** What a handler answers; defaults may be left out. */
export type SaslHandshakeResponse = Encodable<typeof saslHandshakeResponse>;
