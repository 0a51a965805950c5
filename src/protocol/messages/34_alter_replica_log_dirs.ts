/** AlterReplicaLogDirs (34): moves replicas between log directories of a broker. KIP-113. */

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

export const alterReplicaLogDirsRequest = message("AlterReplicaLogDirsRequest", {
  versions: "1-2",
  flexible: "2+",
  fields: {
    dirs: array("0+", {
      path: string("0+"),
      topics: array("0+", {
        name: string("0+"),
        partitions: arrayOf(int32, "0+"),
      }),
    }),
  },
});

export const alterReplicaLogDirsResponse = message("AlterReplicaLogDirsResponse", {
  versions: "1-2",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    results: array("0+", {
      topicName: string("0+"),
      partitions: array("0+", {
        partitionIndex: int32("0+"),
        errorCode: int16("0+"),
      }),
    }),
  },
});

/** API 34. */
export const alterReplicaLogDirs = api(
  34,
  "AlterReplicaLogDirs",
  alterReplicaLogDirsRequest,
  alterReplicaLogDirsResponse,
);

export type AlterReplicaLogDirsRequest = Decoded<typeof alterReplicaLogDirsRequest>;
/** What a handler answers; defaults may be left out. */
export type AlterReplicaLogDirsResponse = Encodable<typeof alterReplicaLogDirsResponse>;
