/** UpdateFeatures (57): finalized feature levels. KIP-584, KIP-778. */

import {
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int16,
  int32,
  int8,
  message,
  string,
} from "../schema.ts";

export const updateFeaturesRequest = message("UpdateFeaturesRequest", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    timeoutMs: int32("0+", { default: 60000 }),
    featureUpdates: array("0+", {
      feature: string("0+"),
      maxVersionLevel: int16("0+"),
      allowDowngrade: bool("0", { default: false }),
      upgradeType: int8("1+", { default: 1 }),
    }),
    validateOnly: bool("1+", { default: false }),
  },
});

export const updateFeaturesResponse = message("UpdateFeaturesResponse", {
  versions: "0-2",
  flexible: "0+",
  fields: {
    throttleTimeMs: int32("0+", { default: 0 }),
    errorCode: int16("0+"),
    errorMessage: string("0+", { nullable: "0+" }),
    results: array("0-1", {
      feature: string("0+"),
      errorCode: int16("0+"),
      errorMessage: string("0+", { nullable: "0+" }),
    }, { optional: true }),
  },
});

/** API 57. */
export const updateFeatures = api(57, "UpdateFeatures", updateFeaturesRequest, updateFeaturesResponse);

export type UpdateFeaturesRequest = Decoded<typeof updateFeaturesRequest>;
/** What a handler answers; defaults may be left out. */
export type UpdateFeaturesResponse = Encodable<typeof updateFeaturesResponse>;
