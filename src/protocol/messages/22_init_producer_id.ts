/** InitProducerId (22): gives a producer its id and epoch. KIP-98, KIP-360, KIP-890, KIP-939. */

import { api, bool, type Decoded, type Encodable, int16, int32, int64, message, string } from "../schema.ts";

export const initProducerIdRequest = message("InitProducerIdRequest", {
  versions: "0-6",
  flexible: "2+",
  fields: {
    transactionalId: string("0+", { nullable: "0+" }),
    transactionTimeoutMs: int32("0+"),
    producerId: int64("3+", { default: -1 }),
    producerEpoch: int16("3+", { default: -1 }),
    enable2Pc: bool("6+", { default: false }),
    keepPreparedTxn: bool("6+", { default: false }),
  },
});

export const initProducerIdResponse = message("InitProducerIdResponse", {
  versions: "0-6",
  flexible: "2+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    producerId: int64("0+", { default: -1 }),
    producerEpoch: int16("0+"),
    ongoingTxnProducerId: int64("6+", { default: -1 }),
    ongoingTxnProducerEpoch: int16("6+", { default: -1 }),
  },
});

/** API 22. */
export const initProducerId = api(22, "InitProducerId", initProducerIdRequest, initProducerIdResponse);

export type InitProducerIdRequest = Decoded<typeof initProducerIdRequest>;
/** What a handler answers; defaults may be left out. */
export type InitProducerIdResponse = Encodable<typeof initProducerIdResponse>;
