/** ElectLeaders (43): preferred or unclean leader election. KIP-460. */

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

export const electLeadersRequest = message("ElectLeadersRequest", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    electionType: int8("1+", { default: 0 }),
    topicPartitions: array("0+", {
      topic: string("0+"),
      partitions: arrayOf(int32, "0+"),
    }, { nullable: "0+" }),
    timeoutMs: int32("0+", { default: 60000 }),
  },
});

export const electLeadersResponse = message("ElectLeadersResponse", {
  versions: "0-2",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("1+", { default: 0 }),
    replicaElectionResults: array("0+", {
      topic: string("0+"),
      partitionResult: array("0+", {
        partitionId: int32("0+"),
        errorCode: int16("0+"),
        errorMessage: string("0+", { nullable: "0+" }),
      }),
    }),
  },
});

/** API 43. */
export const electLeaders = api(43, "ElectLeaders", electLeadersRequest, electLeadersResponse);

export type ElectLeadersRequest = Decoded<typeof electLeadersRequest>;
/** What a handler answers; defaults may be left out. */
export type ElectLeadersResponse = Encodable<typeof electLeadersResponse>;
