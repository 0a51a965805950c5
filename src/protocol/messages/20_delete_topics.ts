/** DeleteTopics (20): by name, from v6 by id too. KIP-4, KIP-516, KIP-599. */

import { ZERO_UUID } from "../../core/uuid.ts";
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
  uuid,
} from "../schema.ts";

export const deleteTopicsRequest = message("DeleteTopicsRequest", {
  versions: "1-6",
  flexible: "4+",
  fields: {
    topics: array("6+", {
      name: string("6+", { nullable: "6+", default: null }),
      topicId: uuid("6+"),
    }, { optional: true }),
    topicNames: arrayOf(string, "0-5", { optional: true }),
    timeoutMs: int32("0+"),
  },
});

export const deleteTopicsResponse = message("DeleteTopicsResponse", {
  versions: "1-6",
  flexible: "4+",
  fields: {
    throttleTimeMs: int32("1+", { default: 0 }),
    responses: array("0+", {
      name: string("0+", { nullable: "6+" }),
      topicId: uuid("6+", { default: ZERO_UUID }),
      errorCode: int16("0+"),
      errorMessage: string("5+", { nullable: "5+", default: null }),
    }),
  },
});

/** API 20. */
export const deleteTopics = api(20, "DeleteTopics", deleteTopicsRequest, deleteTopicsResponse);

export type DeleteTopicsRequest = Decoded<typeof deleteTopicsRequest>;
/** What a handler answers; defaults may be left out. */
export type DeleteTopicsResponse = Encodable<typeof deleteTopicsResponse>;
