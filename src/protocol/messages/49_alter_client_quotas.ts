/** AlterClientQuotas (49). KIP-546. */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  float64,
  int16,
  int32,
  message,
  string,
} from "../schema.ts";

export const alterClientQuotasRequest = message("AlterClientQuotasRequest", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    entries: array("0+", {
      entity: array("0+", {
        entityType: string("0+"),
        entityName: string("0+", { nullable: "0+" }),
      }),
      ops: array("0+", {
        key: string("0+"),
        value: float64("0+"),
        remove: bool("0+"),
      }),
    }),
    validateOnly: bool("0+"),
  },
});

export const alterClientQuotasResponse = message("AlterClientQuotasResponse", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    entries: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
      entity: array("0+", {
        entityType: string("0+"),
        entityName: string("0+", { nullable: "0+" }),
      }),
    }),
  },
});

/** API 49. */
export const alterClientQuotas = api(
  49,
  "AlterClientQuotas",
  alterClientQuotasRequest,
  alterClientQuotasResponse,
);

export type AlterClientQuotasRequest = Decoded<typeof alterClientQuotasRequest>;
/** What a handler answers; defaults may be left out. */
export type AlterClientQuotasResponse = Encodable<typeof alterClientQuotasResponse>;
