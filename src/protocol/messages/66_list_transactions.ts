/** ListTransactions (66). KIP-664, KIP-994, KIP-1152. */

import {
  api,
  array,
  arrayOf,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
} from "../schema.ts";

export const listTransactionsRequest = message("ListTransactionsRequest", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    stateFilters: arrayOf(string, "0+"),
    producerIdFilters: arrayOf(int64, "0+"),
    durationFilter: int64("1+", { default: -1 }),
    transactionalIdPattern: string("2+", { nullable: "2+", default: null }),
  },
});

export const listTransactionsResponse = message("ListTransactionsResponse", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    unknownStateFilters: arrayOf(string, "0+"),
    transactionStates: array("0+", {
      transactionalId: string("0+"),
      producerId: int64("0+"),
      transactionState: string("0+"),
    }),
  },
});

/** API 66. */
export const listTransactions = api(
  66,
  "ListTransactions",
  listTransactionsRequest,
  listTransactionsResponse,
);

export type ListTransactionsRequest = Decoded<typeof listTransactionsRequest>;
/** What a handler answers; defaults may be left out. */
export type ListTransactionsResponse = Encodable<typeof listTransactionsResponse>;
