/** CreateAcls (30): adds access rules. KIP-140, KIP-290. */

import { api, array, type Decoded, type Encodable, int16, int32, int8, message, string } from "../schema.ts";

export const createAclsRequest = message("CreateAclsRequest", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    creations: array("0+", {
      resourceType: int8("0+"),
      resourceName: string("0+"),
      resourcePatternType: int8("1+", { default: 3 }),
      principal: string("0+"),
      host: string("0+"),
      operation: int8("0+"),
      permissionType: int8("0+"),
    }),
  },
});

export const createAclsResponse = message("CreateAclsResponse", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    results: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
    }),
  },
});

/** API 30. */
export const createAcls = api(30, "CreateAcls", createAclsRequest, createAclsResponse);

export type CreateAclsRequest = Decoded<typeof createAclsRequest>;
/** What a handler answers; defaults may be left out. */
export type CreateAclsResponse = Encodable<typeof createAclsResponse>;
