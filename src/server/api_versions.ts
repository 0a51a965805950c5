/**
 * The ApiVersions handler (18), built from the registry that it answers for, so that the two cannot differ.
 * KIP-35, KIP-511 (client name and version), KIP-584 (features).
 */

import { ErrorCode } from "../protocol/error_codes.ts";
import { apiVersions, type ApiVersionsResponse } from "../protocol/messages/18_api_versions.ts";
import { type Handler, handler, Registry } from "./registry.ts";

/** A feature and the levels this node supports. */
export interface SupportedFeature {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** What ApiVersions says besides the APIs. */
export interface Features {
  readonly supported: readonly SupportedFeature[];
  /** The cluster's finalized levels by feature name; those at level 0 are left out of answers. */
  readonly finalized: ReadonlyMap<string, number>;
  /** The metadata offset the finalized levels are of; -1 when unknown. */
  readonly finalizedEpoch: number;
}

/** What KIP-511 allows as a client's software name and version. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/** A registry of `handlers` and the ApiVersions handler that describes it. */
export function registryWithApiVersions(handlers: readonly Handler[], features: () => Features): Registry {
  const describe = handler(apiVersions, (request, context): ApiVersionsResponse => {
    const named = SOFTWARE_NAME.test(request.clientSoftwareName) &&
      SOFTWARE_NAME.test(request.clientSoftwareVersion);
    if (context.apiVersion >= 3 && !named) return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] };
    const { supported, finalized, finalizedEpoch } = features();
    // Below v4 a feature whose minimum is 0 would break old Java clients (KAFKA-17492).
    const shown = supported.filter((one) => context.apiVersion >= 4 || one.minVersion > 0);
    return {
      errorCode: ErrorCode.NONE,
      apiKeys,
      supportedFeatures: shown,
      finalizedFeaturesEpoch: finalizedEpoch,
      finalizedFeatures: [...finalized]
        .filter(([, level]) => level !== 0)
        .map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    };
  });
  const registry = new Registry([...handlers, describe]);
  const apiKeys = registry.handlers.map((one) => ({
    apiKey: one.api.key,
    minVersion: one.advertisedMin,
    maxVersion: one.versions.max,
  }));
  return registry;
}
