/**
 * DescribeConfigs (32): configs of topics, brokers, groups and client metrics. KIP-133, KIP-226, KIP-569.
 */

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
} from "../schema.ts";

export const describeConfigsRequest = message("DescribeConfigsRequest", {
  versions: "1-4",
  flexible: "4+",
  fields: {
    resources: array("0+", {
      resourceType: int8("0+"),
      resourceName: string("0+"),
      configurationKeys: arrayOf(string, "0+", { nullable: "0+" }),
    }),
    includeSynonyms: bool("1+", { default: false }),
    includeDocumentation: bool("3+", { default: false }),
  },
});

export const describeConfigsResponse = message("DescribeConfigsResponse", {
  versions: "1-4",
  flexible: "4+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    results: array("0+", {
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
      resourceType: int8("0+"),
      resourceName: string("0+"),
      configs: array("0+", {
        name: string("0+"),
        value: string("0+", { nullable: "0+" }),
        readOnly: bool("0+"),
        configSource: int8("1+", { default: -1 }),
        isSensitive: bool("0+"),
        synonyms: array("1+", {
          name: string("1+"),
          value: string("1+", { nullable: "0+" }),
          source: int8("1+"),
        }),
        configType: int8("3+", { default: 0 }),
        documentation: string("3+", { nullable: "0+", default: "" }),
      }),
    }),
  },
});

/** API 32. */
export const describeConfigs = api(32, "DescribeConfigs", describeConfigsRequest, describeConfigsResponse);

export type DescribeConfigsRequest = Decoded<typeof describeConfigsRequest>;
/** What a handler answers; defaults may be left out. */
export type DescribeConfigsResponse = Encodable<typeof describeConfigsResponse>;
