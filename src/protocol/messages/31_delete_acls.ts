/** DeleteAcls (31): removes access rules that match filters. KIP-140, KIP-290. */

import { api, array, type Decoded, type Encodable, int16, int32, int8, message, string } from "../schema.ts";

export const deleteAclsRequest = message("DeleteAclsRequest", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    filters: array("0+", {
      resourceTypeFilter: int8("0+"),
      resourceNameFilter: string("0+", { nullable: "0+" }),
      patternTypeFilter: int8("1+", { default: 3 }),
      principalFilter: string("0+", { nullable: "0+" }),
      hostFilter: string("0+", { nullable: "0+" }),
      operation: int8("0+"),
      permissionType: int8("0+"),
    }),
  },
});

export const deleteAclsResponse = message("DeleteAclsResponse", {
  versions: "1-3",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    filterResults: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
      matchingAcls: array("0+", {
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+" }),
        resourceType: int8("0+"),
        resourceName: string("0+"),
        patternType: int8("1+", { default: 3 }),
        principal: string("0+"),
        host: string("0+"),
        operation: int8("0+"),
        permissionType: int8("0+"),
      }),
    }),
  },
});

/** API 31. */
export const deleteAcls = api(31, "DeleteAcls", deleteAclsRequest, deleteAclsResponse);

export type DeleteAclsRequest = Decoded<typeof deleteAclsRequest>;
/** What a handler answers; defaults may be left out. */
export type DeleteAclsResponse = Encodable<typeof deleteAclsResponse>;
