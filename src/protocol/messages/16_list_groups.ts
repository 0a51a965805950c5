/** ListGroups (16): all groups of a broker. KIP-518 (states), KIP-848 (types). */

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

export const listGroupsRequest = message("ListGroupsRequest", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    statesFilter: arrayOf(string, "4+", { optional: true }),
    typesFilter: arrayOf(string, "5+", { optional: true }),
  },
});

export const listGroupsResponse = message("ListGroupsResponse", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    errorCode: int16("0+"),
    groups: array("0+", {
      groupId: string("0+"),
      protocolType: string("0+"),
      groupState: string("4+", { default: "" }),
      groupType: string("5+", { default: "" }),
    }),
  },
});

/** API 16. */
export const listGroups = api(16, "ListGroups", listGroupsRequest, listGroupsResponse);

export type ListGroupsRequest = Decoded<typeof listGroupsRequest>;
/** What a handler answers; defaults may be left out. */
export type ListGroupsResponse = Encodable<typeof listGroupsResponse>;
