/** DeleteRecords (21): raises the log start offset of partitions. KIP-107. */

import { api, array, type Decoded, type Encodable, int16, int32, int64, message, string } from "../schema.ts";

export const deleteRecordsRequest = message("DeleteRecordsRequest", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        offset: int64("0+"),
      }),
    }),
    timeoutMs: int32("0+"),
  },
});

export const deleteRecordsResponse = message("DeleteRecordsResponse", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        lowWatermark: int64("0+"),
        errorCode: int16("0+"),
      }),
    }),
  },
});

/** API 21. */
export const deleteRecords = api(21, "DeleteRecords", deleteRecordsRequest, deleteRecordsResponse);

export type DeleteRecordsRequest = Decoded<typeof deleteRecordsRequest>;
/** What a handler answers; defaults may be left out. */
export type DeleteRecordsResponse = Encodable<typeof deleteRecordsResponse>;
