/** DescribeClientQuotas (48). KIP-546. */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  float64,
  int16,
  int32,
  int8,
  message,
  string,
} from "../schema.ts";

export const describeClientQuotasRequest = message("DescribeClientQuotasRequest", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    components: array("0+", {
      entityType: string("0+"),
      matchType: int8("0+"),
      match: string("0+", { nullable: "0+" }),
    }),
    strict: bool("0+"),
  },
});

export const describeClientQuotasResponse = message("DescribeClientQuotasResponse", {
  versions: "0-1",
  flexible: "1+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
    entries: array("0+", {
      entity: array("0+", {
        entityType: string("0+"),
        entityName: string("0+", { nullable: "0+" }),
      }),
      values: array("0+", {
        key: string("0+"),
        value: float64("0+"),
      }),
    }, { nullable: "0+" }),
  },
});

/** API 48. */
export const describeClientQuotas = api(
  48,
  "DescribeClientQuotas",
  describeClientQuotasRequest,
  describeClientQuotasResponse,
);

export type DescribeClientQuotasRequest = Decoded<typeof describeClientQuotasRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeClientQuotasResponse = Encodable<typeof describeClientQuotasResponse>;
