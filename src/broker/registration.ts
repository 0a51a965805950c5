/** How a broker registers with the controller (KIP-631). */

import type { Uuid } from "../core/ids.ts";
import type { EndpointImage } from "../metadata/image.ts";
import type { BrokerRegistrationRequest } from "../protocol/messages/62_broker_registration.ts";
import type { SupportedFeature } from "../server/api_versions.ts";

/** What a broker tells of itself, whatever id it has. */
export interface Registrant {
  readonly incarnationId: Uuid;
  readonly rack: string | null;
  readonly endpoints: readonly EndpointImage[];
  readonly features: readonly SupportedFeature[];
}

/** What the cluster and the data directory know of it. */
export interface RegisteredAs {
  readonly brokerId: number;
  readonly clusterId: string;
  readonly logDirs: readonly Uuid[];
  /** The epoch at the last clean shutdown, -1 after any other: replicas may then lack what they acknowledged. */
  readonly previousBrokerEpoch: number;
}

export function registrationRequest(
  { incarnationId, rack, endpoints, features }: Registrant,
  { brokerId, clusterId, logDirs, previousBrokerEpoch }: RegisteredAs,
): BrokerRegistrationRequest {
  return {
    brokerId,
    clusterId,
    incarnationId,
    listeners: endpoints.map((one) => ({ ...one })),
    features: features.map(({ name, minVersion, maxVersion }) => ({
      name,
      minSupportedVersion: minVersion,
      maxSupportedVersion: maxVersion,
    })),
    rack,
    isMigratingZkBroker: false,
    logDirs: [...logDirs],
    previousBrokerEpoch,
  };
}
