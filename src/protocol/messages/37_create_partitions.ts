/** CreatePartitions (37): grows topics. KIP-195. */

import {
  api,
  array,
  arrayOf,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  message,
  string,
} from "../schema.ts";

export const createPartitionsRequest = message("CreatePartitionsRequest", {
  versions: "0-3",
  flexible: "2+",
  fields: {
    topics: array("0+", {
      name: string("0+"),
      count: int32("0+"),
      assignments: array("0+", {
        brokerIds: arrayOf(int32, "0+"),
      }, { nullable: "0+" }),
    }),
    timeoutMs: int32("0+"),
    validateOnly: bool("0+"),
  },
});

export const createPartitionsResponse = message("CreatePartitionsResponse", {
  versions: "0-3",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    results: array("0+", {
      name: string("0+"),
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+", default: null }),
    }),
  },
});

/** API 37. */
export const createPartitions = api(
  37,
  "CreatePartitions",
  createPartitionsRequest,
  createPartitionsResponse,
);

export type CreatePartitionsRequest = Decoded<typeof createPartitionsRequest>;
/** What a handler answers; defaults may be left out. */
export type CreatePartitionsResponse = Encodable<typeof createPartitionsResponse>;
