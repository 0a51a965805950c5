/** The headers in front of every request and response (KIP-482 for the flexible ones). */

import { bool, type Decoded, int16, int32, message, string } from "./schema.ts";

export const requestHeader = message("RequestHeader", {
  versions: "1-2",
  flexible: "2+",
  fields: {
    requestApiKey: int16("0+"),
    requestApiVersion: int16("0+"),
    correlationId: int32("0+"),
    clientId: string("1+", { nullable: "1+", flexible: "none" }),
  },
});
export type RequestHeader = Decoded<typeof requestHeader>;

export const responseHeader = message("ResponseHeader", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    correlationId: int32("0+"),
  },
});
export type ResponseHeader = Decoded<typeof responseHeader>;

/** Who sent a request, inside an Envelope (KIP-590). */
export const defaultPrincipalData = message("DefaultPrincipalData", {
  versions: "0",
  flexible: "0+",
  fields: {
    type: string("0+"),
    name: string("0+"),
    tokenAuthenticated: bool("0+"),
  },
});
export type DefaultPrincipalData = Decoded<typeof defaultPrincipalData>;
