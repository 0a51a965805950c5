/**
 * FindCoordinator (10): which broker owns a group, a transaction or a share partition. KIP-699 (batched).
 */

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

export const findCoordinatorRequest = message("FindCoordinatorRequest", {
  versions: "0-6",
  flexible: "3+",
  fields: {
    key: string("0-3", { default: "" }),
    keyType: int8("1+", { default: 0 }),
    coordinatorKeys: arrayOf(string, "4+", { optional: true }),
  },
});

export const findCoordinatorResponse = message("FindCoordinatorResponse", {
  versions: "0-6",
  flexible: "3+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    errorCode: int16("0-3", { default: 0 }),
    errorMessage: string("1-3", { nullable: "1-3", default: "" }),
    nodeId: int32("0-3", { default: 0 }),
    host: string("0-3", { default: "" }),
    port: int32("0-3", { default: 0 }),
    coordinators: array("4+", {
      key: string("4+"),
      nodeId: int32("4+"),
      host: string("4+"),
      port: int32("4+"),
      errorCode: int16("4+"),
      errorMessage: string("4+", { nullable: "4+" }),
    }, { optional: true }),
  },
});

/** API 10. */
export const findCoordinator = api(10, "FindCoordinator", findCoordinatorRequest, findCoordinatorResponse);

export type FindCoordinatorRequest = Decoded<typeof findCoordinatorRequest>;
/** What a handler answers; defaults may be left out. */
export type FindCoordinatorResponse = Encodable<typeof findCoordinatorResponse>;
