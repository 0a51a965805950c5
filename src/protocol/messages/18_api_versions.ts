/**
 * ApiVersions (18): which APIs and versions a node speaks, and its features. KIP-35, KIP-511, KIP-584. The
 * response header is always v0.
 */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int64,
  message,
  string,
} from "../schema.ts";

export const apiVersionsRequest = message("ApiVersionsRequest", {
  versions: "0-4",
  flexible: "3+",
  fields: {
    clientSoftwareName: string("3+", { default: "" }),
    clientSoftwareVersion: string("3+", { default: "" }),
  },
});

export const apiVersionsResponse = message("ApiVersionsResponse", {
  versions: "0-4",
  flexible: "3+",
  fields: {
    errorCode: int16("0+"),
    apiKeys: array("0+", {
      apiKey: int16("0+"),
      minVersion: int16("0+"),
      maxVersion: int16("0+"),
    }),
    throttleTimeMs: int32("1+", { default: 0 }),
    supportedFeatures: array("3+", {
      name: string("3+"),
      minVersion: int16("3+"),
      maxVersion: int16("3+"),
    }, { optional: true, tag: 0 }),
    finalizedFeaturesEpoch: int64("3+", { default: -1, tag: 1 }),
    finalizedFeatures: array("3+", {
      name: string("3+"),
      maxVersionLevel: int16("3+"),
      minVersionLevel: int16("3+"),
    }, { optional: true, tag: 2 }),
    zkMigrationReady: bool("3+", { default: false, tag: 3 }),
  },
});

/** API 18. */
export const apiVersions = api(18, "ApiVersions", apiVersionsRequest, apiVersionsResponse);

export type ApiVersionsRequest = Decoded<typeof apiVersionsRequest>;
/** What a handler answers; defaults may be left out. */
export type ApiVersionsResponse = Encodable<typeof apiVersionsResponse>;
