/** AddOffsetsToTxn (25): brings a group's offsets into a transaction. KIP-98, KIP-890. */

import { api, type Decoded, type Encodable, int16, int32, int64, message, string } from "../schema.ts";

export const addOffsetsToTxnRequest = message("AddOffsetsToTxnRequest", {
  versions: "0-4",
  flexible: "3+",
  fields: {
    transactionalId: string("0+"),
    producerId: int64("0+"),
    producerEpoch: int16("0+"),
    groupId: string("0+"),
  },
});

export const addOffsetsToTxnResponse = message("AddOffsetsToTxnResponse", {
  versions: "0-4",
  flexible: "3+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
  },
});

/** API 25. */
export const addOffsetsToTxn = api(25, "AddOffsetsToTxn", addOffsetsToTxnRequest, addOffsetsToTxnResponse);

export type AddOffsetsToTxnRequest = Decoded<typeof addOffsetsToTxnRequest>;
/** What a handler answers; defaults may be left out. */
export type AddOffsetsToTxnResponse = Encodable<typeof addOffsetsToTxnResponse>;
