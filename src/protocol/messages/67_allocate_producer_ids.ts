/** AllocateProducerIds (67): a block of producer ids for a broker. KIP-730. */

import { api, type Decoded, type Encodable, int16, int32, int64, message } from "../schema.ts";

export const allocateProducerIdsRequest = message("AllocateProducerIdsRequest", {
  versions: "0",
  flexible: "0+",
  fields: {
    brokerId: int32("0+"),
    brokerEpoch: int64("0+", { default: -1 }),
  },
});

export const allocateProducerIdsResponse = message("AllocateProducerIdsResponse", {
  versions: "0",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    producerIdStart: int64("0+"),
    producerIdLen: int32("0+"),
  },
});

/** API 67. */
export const allocateProducerIds = api(
  67,
  "AllocateProducerIds",
  allocateProducerIdsRequest,
  allocateProducerIdsResponse,
);

export type AllocateProducerIdsRequest = Decoded<typeof allocateProducerIdsRequest>;
/** What a handler answers; defaults may be left out. */
export type AllocateProducerIdsResponse = Encodable<typeof allocateProducerIdsResponse>;
