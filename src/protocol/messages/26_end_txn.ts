/** EndTxn (26): commits or aborts a transaction. KIP-98, KIP-890. */

import { api, bool, type Decoded, type Encodable, int16, int32, int64, message, string } from "../schema.ts";

export const endTxnRequest = message("EndTxnRequest", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    transactionalId: string("0+"),
    producerId: int64("0+"),
    producerEpoch: int16("0+"),
    committed: bool("0+"),
  },
});

export const endTxnResponse = message("EndTxnResponse", {
  versions: "0-5",
  flexible: "3+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    producerId: int64("5+", { default: -1 }),
    producerEpoch: int16("5+", { default: -1 }),
  },
});

/** API 26. */
export const endTxn = api(26, "EndTxn", endTxnRequest, endTxnResponse);

export type EndTxnRequest = Decoded<typeof endTxnRequest>;
/** What a handler answers; defaults may be left out. */
export type EndTxnResponse = Encodable<typeof endTxnResponse>;
