/** ListPartitionReassignments (46): moves under way. KIP-455. */

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

export const listPartitionReassignmentsRequest = message("ListPartitionReassignmentsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    timeoutMs: int32("0+", { default: 60000 }),
    topics: array("0+", {
      name: string("0+"),
      partitionIndexes: arrayOf(int32, "0+"),
    }, { nullable: "0+", default: null }),
  },
});

export const listPartitionReassignmentsResponse = message("ListPartitionReassignmentsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        replicas: arrayOf(int32, "0+"),
        addingReplicas: arrayOf(int32, "0+"),
        removingReplicas: arrayOf(int32, "0+"),
      }),
    }),
  },
});

/** API 46. */
export const listPartitionReassignments = api(
  46,
  "ListPartitionReassignments",
  listPartitionReassignmentsRequest,
  listPartitionReassignmentsResponse,
);

export type ListPartitionReassignmentsRequest = Decoded<typeof listPartitionReassignmentsRequest>;
/** What a handler answers; defaults may be left out. */
export type ListPartitionReassignmentsResponse = Encodable<typeof listPartitionReassignmentsResponse>;
