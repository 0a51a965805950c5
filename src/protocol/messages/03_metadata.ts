/**
 * Metadata (3): brokers, controller, topics and their leaders. Creates topics when asked and allowed.
 * KIP-4, KIP-516.
 */

import { ZERO_UUID } from "../../core/uuid.ts";
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
  uuid,
} from "../schema.ts";

export const metadataRequest = message("MetadataRequest", {
  versions: "0-13",
  flexible: "9+",
  fields: {
    topics: array("0+", {
      topicId: uuid("10+", { default: ZERO_UUID }),
      name: string("0+", { nullable: "10+" }),
    }, { nullable: "1+" }),
    allowAutoTopicCreation: bool("4+", { default: true }),
    includeClusterAuthorizedOperations: bool("8-10", { default: false }),
    includeTopicAuthorizedOperations: bool("8+", { default: false }),
  },
});

export const metadataResponse = message("MetadataResponse", {
  versions: "0-13",
  flexible: "9+",
  fields: {
    throttleTimeMs: int32("3+", { default: 0 }),
    brokers: array("0+", {
      nodeId: int32("0+"),
      host: string("0+"),
      port: int32("0+"),
      rack: string("1+", { nullable: "1+", default: null }),
    }),
    clusterId: string("2+", { nullable: "2+", default: null }),
    controllerId: int32("1+", { default: -1 }),
    topics: array("0+", {
      errorCode: int16("0+"),
      name: string("0+", { nullable: "12+" }),
      topicId: uuid("10+", { default: ZERO_UUID }),
      isInternal: bool("1+", { default: false }),
      partitions: array("0+", {
        errorCode: int16("0+"),
        partitionIndex: int32("0+"),
        leaderId: int32("0+"),
        leaderEpoch: int32("7+", { default: -1 }),
        replicaNodes: arrayOf(int32, "0+"),
        isrNodes: arrayOf(int32, "0+"),
        offlineReplicas: arrayOf(int32, "5+", { optional: true }),
      }),
      topicAuthorizedOperations: int32("8+", { default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32("8-10", { default: -2147483648 }),
    errorCode: int16("13+", { default: 0 }),
  },
});

/** API 3. */
export const metadata = api(3, "Metadata", metadataRequest, metadataResponse);

export type MetadataRequest = Decoded<typeof metadataRequest>;
/** What a handler answers; defaults may be left out. */
export type MetadataResponse = Encodable<typeof metadataResponse>;
