/** UnregisterBroker (64): removes a broker for good. KIP-631. */

import { api, type Decoded, type Encodable, int16, int32, message, string } from "../schema.ts";

export const unregisterBrokerRequest = message("UnregisterBrokerRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
  },
});

export const unregisterBrokerResponse = message("UnregisterBrokerResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
  },
});

/** API 64. */
export const unregisterBroker = api(
  64,
  "UnregisterBroker",
  unregisterBrokerRequest,
  unregisterBrokerResponse,
);

export type UnregisterBrokerRequest = Decoded<typeof unregisterBrokerRequest>;
/** What a handler answers; defaults may be left out. */
export type UnregisterBrokerResponse = Encodable<typeof unregisterBrokerResponse>;
