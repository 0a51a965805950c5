/** The `quorum-state` file of a KRaft node (KIP-595, KIP-853). */

import { ZERO_UUID } from "../../core/uuid.ts";
import { array, type Decoded, int32, int64, message, string, uuid } from "../schema.ts";

export const quorumStateData = message("QuorumStateData", {
  versions: "0-1",
  flexible: "0+",
  fields: {
    clusterId: string("0", { default: "" }),
    leaderId: int32("0+", { default: -1 }),
    leaderEpoch: int32("0+", { default: -1 }),
    votedId: int32("0+", { default: -1 }),
    votedDirectoryId: uuid("1+", { default: ZERO_UUID }),
    appliedOffset: int64("0", { default: 0 }),
    currentVoters: array("0", {
      voterId: int32("0"),
    }, { nullable: "0", optional: true }),
  },
});
export type QuorumStateData = Decoded<typeof quorumStateData>;
