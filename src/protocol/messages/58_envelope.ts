/** Envelope (58): a request forwarded to the controller with its principal. KIP-590. */

import { api, bytes, type Decoded, type Encodable, int16, message } from "../schema.ts";

export const envelopeRequest = message("EnvelopeRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    requestData: bytes("0+"),
    requestPrincipal: bytes("0+", { nullable: "0+" }),
    clientHostAddress: bytes("0+"),
  },
});

export const envelopeResponse = message("EnvelopeResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    responseData: bytes("0+", { nullable: "0+", default: null }),
    errorCode: int16("0+"),
  },
});

/** API 58. */
export const envelope = api(58, "Envelope", envelopeRequest, envelopeResponse);

export type EnvelopeRequest = Decoded<typeof envelopeRequest>;
/** What a handler answers; defaults may be left out. */
export type EnvelopeResponse = Encodable<typeof envelopeResponse>;
