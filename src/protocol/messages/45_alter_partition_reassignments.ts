/** AlterPartitionReassignments (45): begins or cancels moves of replicas. KIP-455. */

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

export const alterPartitionReassignmentsRequest = message("AlterPartitionReassignmentsRequest", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    timeoutMs: int32("0+", { default: 60000 }),
    allowReplicationFactorChange: bool("1+", { default: true }),
    topics: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        replicas: arrayOf(int32, "0+", { nullable: "0+", default: null }),
      }),
    }),
  },
});

export const alterPartitionReassignmentsResponse = message("AlterPartitionReassignmentsResponse", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    allowReplicationFactorChange: bool("1+", { default: true }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
    responses: array("0+", {
      name: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+" }),
      }),
    }),
  },
});

/** API 45. */
export const alterPartitionReassignments = api(
  45,
  "AlterPartitionReassignments",
  alterPartitionReassignmentsRequest,
  alterPartitionReassignmentsResponse,
);

export type AlterPartitionReassignmentsRequest = Decoded<typeof alterPartitionReassignmentsRequest>;
/** What a handler answers; defaults may be left out. */
export type AlterPartitionReassignmentsResponse = Encodable<typeof alterPartitionReassignmentsResponse>;
