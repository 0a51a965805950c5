/**
 * What group members send each other inside JoinGroup and SyncGroup: the "consumer" protocol type. KIP-429,
 * KIP-792, KIP-881.
 */

import { array, arrayOf, bytes, type Decoded, int32, message, string } from "../schema.ts";

export const consumerProtocolSubscription = message("ConsumerProtocolSubscription", {
  versions: "0-3",
  flexible: "none",
  fields: {
    topics: arrayOf(string, "0+"),
    userData: bytes("0+", { nullable: "0+", default: null }),
    ownedPartitions: array("1+", {
      topic: string("1+"),
      partitions: arrayOf(int32, "1+"),
    }, { optional: true }),
    generationId: int32("2+", { default: -1 }),
    rackId: string("3+", { nullable: "3+", default: null }),
  },
});
export type ConsumerProtocolSubscription = Decoded<typeof consumerProtocolSubscription>;

export const consumerProtocolAssignment = message("ConsumerProtocolAssignment", {
  versions: "0-3",
  flexible: "none",
  fields: {
    assignedPartitions: array("0+", {
      topic: string("0+"),
      partitions: arrayOf(int32, "0+"),
    }),
    userData: bytes("0+", { nullable: "0+", default: null }),
  },
});
export type ConsumerProtocolAssignment = Decoded<typeof consumerProtocolAssignment>;
