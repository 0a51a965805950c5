/** DeleteGroups (42): deletes empty groups. KIP-229. */

import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
} from "../schema.ts";

export const deleteGroupsRequest = message("DeleteGroupsRequest", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    groupsNames: arrayOf(string, "0+"),
  },
});

export const deleteGroupsResponse = message("DeleteGroupsResponse", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    results: array("0+", {
      groupId: string("0+"),
      errorCode: int16("0+"),
    }),
  },
});

/** API 42. */
export const deleteGroups = api(42, "DeleteGroups", deleteGroupsRequest, deleteGroupsResponse);

export type DeleteGroupsRequest = Decoded<typeof deleteGroupsRequest>;
/** What a handler answers; defaults may be left out. */
export type DeleteGroupsResponse = Encodable<typeof deleteGroupsResponse>;
