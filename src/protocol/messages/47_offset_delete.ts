/** OffsetDelete (47): forgets committed positions. KIP-496. */

import { api, array, type Decoded, type Encodable, int16, int32, message, string } from "../schema.ts";

export const offsetDeleteRequest = message("OffsetDeleteRequest", {
  versions: "0",
  flexible: "none",
  fields: {
    groupId: string("0+"),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
      }),
    }),
  },
});

export const offsetDeleteResponse = message("OffsetDeleteResponse", {
  versions: "0",
  flexible: "none",
  fields: {
    errorCode: int16("0+"),
    throttleTimeMs: int32("0+", { default: 0 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
      }),
    }),
  },
});

/** API 47. */
export const offsetDelete = api(47, "OffsetDelete", offsetDeleteRequest, offsetDeleteResponse);

export type OffsetDeleteRequest = Decoded<typeof offsetDeleteRequest>;
/** What a handler answers; defaults may be left out. */
export type OffsetDeleteResponse = Encodable<typeof offsetDeleteResponse>;
