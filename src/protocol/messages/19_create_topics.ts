/** CreateTopics (19). KIP-4, KIP-525 (configs in the answer), KIP-599 (quotas). */

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
  int8,
  message,
  string,
  uuid,
} from "../schema.ts";

export const createTopicsRequest = message("CreateTopicsRequest", {
  versions: "2-7",
  flexible: "5+",
  fields: {
    topics: array("0+", {
      name: string("0+"),
      numPartitions: int32("0+"),
      replicationFactor: int16("0+"),
      assignments: array("0+", {
        partitionIndex: int32("0+"),
        brokerIds: arrayOf(int32, "0+"),
      }),
      configs: array("0+", {
        name: string("0+"),
        value: string("0+", { nullable: "0+" }),
      }),
    }),
    timeoutMs: int32("0+", { default: 60000 }),
    validateOnly: bool("1+", { default: false }),
  },
});

export const createTopicsResponse = message("CreateTopicsResponse", {
  versions: "2-7",
  flexible: "5+",
  fields: {
    throttleTimeMs: int32("2+", { default: 0 }),
    topics: array("0+", {
      name: string("0+"),
      topicId: uuid("7+", { default: ZERO_UUID }),
      errorCode: int16("0+"),
      errorMessage: string("1+", { nullable: "0+" }),
      topicConfigErrorCode: int16("5+", { default: 0, tag: 0 }),
      numPartitions: int32("5+", { default: -1 }),
      replicationFactor: int16("5+", { default: -1 }),
      configs: array("5+", {
        name: string("5+"),
        value: string("5+", { nullable: "5+" }),
        readOnly: bool("5+"),
        configSource: int8("5+", { default: -1 }),
        isSensitive: bool("5+"),
      }, { nullable: "5+", optional: true }),
    }),
  },
});

/** API 19. */
export const createTopics = api(19, "CreateTopics", createTopicsRequest, createTopicsResponse);

export type CreateTopicsRequest = Decoded<typeof createTopicsRequest>;
/** What a handler answers; defaults may be left out. */
export type CreateTopicsResponse = Encodable<typeof createTopicsResponse>;
