/** IncrementalAlterConfigs (44): sets, deletes, appends to and subtracts from configs. KIP-339. */

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

export const incrementalAlterConfigsRequest = message("IncrementalAlterConfigsRequest", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    resources: array("0+", {
      resourceType: int8("0+"),
      resourceName: string("0+"),
      configs: array("0+", {
        name: string("0+"),
        configOperation: int8("0+"),
        value: string("0+", { nullable: "0+" }),
      }),
    }),
    validateOnly: bool("0+"),
  },
});

export const incrementalAlterConfigsResponse = message("IncrementalAlterConfigsResponse", {
  versions: "0-1",
  flexible: "1+",
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

/** API 44. */
export const incrementalAlterConfigs = api(
  44,
  "IncrementalAlterConfigs",
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
);

export type IncrementalAlterConfigsRequest = Decoded<typeof incrementalAlterConfigsRequest>;
/** What a handler answers; defaults may be left out. */
export type IncrementalAlterConfigsResponse = Encodable<typeof incrementalAlterConfigsResponse>;
