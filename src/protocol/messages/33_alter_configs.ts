/** AlterConfigs (33): replaces all dynamic configs of a resource. KIP-133. */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  string,
} from "../schema.ts";

export const alterConfigsRequest = message("AlterConfigsRequest", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    resources: array("0+", {
      resourceType: int8("0+"),
      resourceName: string("0+"),
      configs: array("0+", {
        name: string("0+"),
        value: string("0+", { nullable: "0+" }),
      }),
    }),
    validateOnly: bool("0+"),
  },
});

export const alterConfigsResponse = message("AlterConfigsResponse", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    responses: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
      resourceType: int8("0+"),
      resourceName: string("0+"),
    }),
  },
});

/** API 33. */
export const alterConfigs = api(33, "AlterConfigs", alterConfigsRequest, alterConfigsResponse);

export type AlterConfigsRequest = Decoded<typeof alterConfigsRequest>;
/** What a handler answers; defaults may be left out. */
export type AlterConfigsResponse = Encodable<typeof alterConfigsResponse>;
