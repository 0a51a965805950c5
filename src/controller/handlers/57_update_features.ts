/**
 * UpdateFeatures (57), versions 0 to 2: finalizes feature levels (KIP-584, KIP-778). It is all or nothing at every
 * version, and when it is nothing only the error of the whole is told, as Apache Kafka 4 does.
 *
 * Not done: kraft.version, which only raft can change, and unsafe downgrades, as in Kafka.
 */

import {
  isLossyDowngrade,
  KRAFT_VERSION,
  METADATA_VERSION,
  requiredMetadataVersion,
  SUPPORTED_FEATURES,
} from "../../metadata/features.ts";
import type { MetadataImage, SupportedFeature } from "../../metadata/image.ts";
import { metadataVersionOf } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { updateFeatures, type UpdateFeaturesRequest } from "../../protocol/messages/57_update_features.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";

type Update = UpdateFeaturesRequest["featureUpdates"][number];

const UPGRADE = 1;
const UNSAFE_DOWNGRADE = 3;

export function updateFeaturesHandler(controller: ControllerContext): Handler {
  return handler(updateFeatures, async (request, { apiVersion }) => {
    const updates = request.featureUpdates;
    const outcome = await controller.write(({ image }) => {
      const results = updates.map((update) => planUpdate(image, updates, update, apiVersion));
      const isRefused = results.some(isRefusal);
      const records = results.filter((result): result is MetadataRecordDraft => !isRefusal(result));
      return { records: request.validateOnly || isRefused ? [] : records, result: results };
    }, request.timeoutMs);
    if (isRefusal(outcome)) {
      return { errorCode: outcome.errorCode, errorMessage: outcome.message, results: [] };
    }
    const first = outcome.result.find(isRefusal);
    if (first !== undefined) {
      const errorMessage =
        `The update failed for all features since the following feature had an error: ${first.message}`;
      return { errorCode: first.errorCode, errorMessage, results: [] };
    }
    const results = updates.map(({ feature }) => ({
      feature,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
    }));
    return { errorCode: ErrorCode.NONE, errorMessage: null, results };
  });
}

function planUpdate(
  image: MetadataImage,
  updates: readonly Update[],
  update: Update,
  apiVersion: number,
): MetadataRecordDraft | Refusal {
  const { feature, maxVersionLevel: level } = update;
  const invalid = (why: string) =>
    refuse(
      ErrorCode.INVALID_UPDATE_VERSION,
      `Invalid update version ${level} for feature ${feature}. ${why}`,
    );
  if (updates.filter((other) => other.feature === feature).length > 1) {
    return refuse(ErrorCode.INVALID_REQUEST, `The feature ${feature} is there more than once.`);
  }
  if (feature === KRAFT_VERSION) return invalid("This node cannot change kraft.version.");
  const current = feature === METADATA_VERSION ? metadataVersionOf(image) : image.features.get(feature) ?? 0;
  const unsupported = supportProblem(image, feature, level);
  if (unsupported !== null) return invalid(unsupported);
  const type = apiVersion >= 1 ? update.upgradeType : update.allowDowngrade ? UPGRADE + 1 : UPGRADE;
  if (level < current && type === UPGRADE) {
    return invalid(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    );
  }
  if (feature === METADATA_VERSION && level < current && isLossyDowngrade(current, level)) {
    return invalid(
      type === UNSAFE_DOWNGRADE
        ? "Unsafe metadata downgrade is not supported in this version."
        : "Refusing to perform the requested downgrade because it might delete metadata information.",
    );
  }
  const target = updates.find((other) => other.feature === METADATA_VERSION)?.maxVersionLevel;
  if ((target ?? metadataVersionOf(image)) < requiredMetadataVersion(feature, level)) {
    return invalid(`It needs metadata.version ${requiredMetadataVersion(feature, level)} or newer.`);
  }
  return { type: "FeatureLevelRecord", data: { name: feature, featureLevel: level } };
}

/** Every node of the cluster must support the level. */
function supportProblem(image: MetadataImage, feature: string, level: number): string | null {
  const lacks = (range: SupportedFeature | undefined) =>
    level !== 0 && (range === undefined || level < range.min || level > range.max);
  const own = SUPPORTED_FEATURES.get(feature);
  if (own === undefined) return "The controller does not support the given feature.";
  if (lacks(own) || level < own.min) return "Local controller does not support the given version.";
  for (const broker of image.brokers.values()) {
    if (lacks(broker.features.get(feature))) return `Broker ${broker.id} does not support this version.`;
  }
  for (const controller of image.controllers.values()) {
    if (lacks(controller.features.get(feature))) {
      return `Controller ${controller.id} does not support this version.`;
    }
  }
  return null;
}
