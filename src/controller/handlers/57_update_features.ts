/**
 * UpdateFeatures (57), versions 0 to 2: finalizes feature levels (KIP-584, KIP-778). It is all or nothing at every
 * version, and when it is nothing only the error of the whole is told, as Apache Kafka 4 does.
 *
 * kraft.version is the quorum's: raft changes it first, when everything else in the request can be done (KIP-853).
 *
 * Not done: unsafe downgrades, as in Kafka.
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
import { upgradeKRaftVersion } from "../kraft_upgrade.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";

type Update = UpdateFeaturesRequest["featureUpdates"][number];

const UPGRADE = 1;
const UNSAFE_DOWNGRADE = 3;

export function updateFeaturesHandler(controller: ControllerContext): Handler {
  return handler(updateFeatures, async (request, { apiVersion }) => {
    const refusal = await update(controller, request, apiVersion);
    if (refusal !== null) return { errorCode: refusal.errorCode, errorMessage: refusal.message, results: [] };
    const results = request.featureUpdates.map(({ feature }) => ({
      feature,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
    }));
    return { errorCode: ErrorCode.NONE, errorMessage: null, results };
  });
}

async function update(
  controller: ControllerContext,
  request: UpdateFeaturesRequest,
  apiVersion: number,
): Promise<Refusal | null> {
  const { featureUpdates: updates, validateOnly, timeoutMs } = request;
  const kraft = updates.find(({ feature }) => feature === KRAFT_VERSION)?.maxVersionLevel;
  if (kraft === undefined || validateOnly || kraft === controller.quorum.kraftVersion) {
    return await write(controller, request, { apiVersion, isTrial: validateOnly });
  }
  const problem = await write(controller, request, { apiVersion, isTrial: true });
  if (problem !== null) return problem;
  const refusal = await upgradeKRaftVersion(controller, kraft, timeoutMs);
  if (refusal !== null) return ofAll(refusal);
  return await write(controller, request, { apiVersion, isTrial: false });
}

async function write(
  controller: ControllerContext,
  { featureUpdates: updates, timeoutMs }: UpdateFeaturesRequest,
  { apiVersion, isTrial }: { readonly apiVersion: number; readonly isTrial: boolean },
): Promise<Refusal | null> {
  const outcome = await controller.write(({ image }) => {
    const records: MetadataRecordDraft[] = [];
    for (const update of updates) {
      const planned = planUpdate(controller, image, { updates, update, apiVersion });
      if (planned === null) continue;
      if (isRefusal(planned)) return ofAll(planned);
      records.push(planned);
    }
    return { records: isTrial ? [] : records, result: null };
  }, timeoutMs);
  return isRefusal(outcome) ? outcome : null;
}

function ofAll({ errorCode, message }: Refusal): Refusal {
  const text = `The update failed for all features since the following feature had an error: ${message}`;
  return refuse(errorCode, text);
}

/** The record of an update; null for the quorum's own, which has none. */
function planUpdate(
  controller: ControllerContext,
  image: MetadataImage,
  { updates, update, apiVersion }: {
    readonly updates: readonly Update[];
    readonly update: Update;
    readonly apiVersion: number;
  },
): MetadataRecordDraft | Refusal | null {
  const { feature, maxVersionLevel: level } = update;
  const invalid = (why: string) =>
    refuse(
      ErrorCode.INVALID_UPDATE_VERSION,
      `Invalid update version ${level} for feature ${feature}. ${why}`,
    );
  if (updates.filter((other) => other.feature === feature).length > 1) {
    return refuse(ErrorCode.INVALID_REQUEST, `The feature ${feature} is there more than once.`);
  }
  if (feature === KRAFT_VERSION) return kraftProblem(controller, level, invalid);
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

function kraftProblem(
  { quorum: { image, kraftVersion } }: ControllerContext,
  level: number,
  invalid: (why: string) => Refusal,
): Refusal | null {
  if (level < kraftVersion) return invalid("The quorum cannot go back to an older kraft.version.");
  const problem = supportProblem(image, KRAFT_VERSION, level);
  return problem === null ? null : invalid(problem);
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
