/** AssignReplicasToDirs (73): which log directory holds which replica. KIP-858. */

import { api, array, type Decoded, type Encodable, int16, int32, int64, message, uuid } from "../schema.ts";

export const assignReplicasToDirsRequest = message("AssignReplicasToDirsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    brokerEpoch: int64("0+", { default: -1 }),
    directories: array("0+", {
      id: uuid("0+"),
      topics: array("0+", {
        topicId: uuid("0+"),
        partitions: array("0+", {
          partitionIndex: int32("0+"),
        }),
      }),
    }),
  },
});

export const assignReplicasToDirsResponse = message("AssignReplicasToDirsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    directories: array("0+", {
      id: uuid("0+"),
      topics: array("0+", {
        topicId: uuid("0+"),
        partitions: array("0+", {
          partitionIndex: int32("0+"),
          errorCode: int16("0+"),
        }),
      }),
    }),
  },
});

/** API 73. */
export const assignReplicasToDirs = api(
  73,
  "AssignReplicasToDirs",
  assignReplicasToDirsRequest,
  assignReplicasToDirsResponse,
);

export type AssignReplicasToDirsRequest = Decoded<typeof assignReplicasToDirsRequest>;
/** What a handler answers; defaults may be left out. */
export type AssignReplicasToDirsResponse = Encodable<typeof assignReplicasToDirsResponse>;
