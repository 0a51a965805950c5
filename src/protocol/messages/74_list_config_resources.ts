/** ListConfigResources (74): resources that have configs of a type. KIP-714, KIP-1142. */

import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  string,
} from "../schema.ts";

export const listConfigResourcesRequest = message("ListConfigResourcesRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    resourceTypes: arrayOf(int8, "1+", { optional: true }),
  },
});

export const listConfigResourcesResponse = message("ListConfigResourcesResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    configResources: array("0+", {
      resourceName: string("0+"),
      resourceType: int8("1+", { default: 16 }),
    }),
  },
});

/** API 74. */
export const listConfigResources = api(
  74,
  "ListConfigResources",
  listConfigResourcesRequest,
  listConfigResourcesResponse,
);

export type ListConfigResourcesRequest = Decoded<typeof listConfigResourcesRequest>;
/** What a handler answers; defaults may be left out. */
export type ListConfigResourcesResponse = Encodable<typeof listConfigResourcesResponse>;
