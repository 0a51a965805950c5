/** Applies records about the registrations of brokers and controllers (KIP-631, KIP-858, KIP-919, KIP-1066). */

import type { NodeId } from "../core/ids.ts";
import type { BrokerImage, ControllerImage, SupportedFeature } from "./image.ts";
import type { MetadataRecord } from "./record_codec.ts";
import type { RegisterBrokerRecord, RegisterControllerRecord } from "./records.ts";

/** A change of a broker that stays registered. */
type BrokerChange = Extract<
  MetadataRecord,
  { type: "BrokerRegistrationChangeRecord" | "FenceBrokerRecord" | "UnfenceBrokerRecord" }
>;

export function brokerFromRecord(record: RegisterBrokerRecord): BrokerImage {
  return {
    id: record.brokerId as NodeId,
    epoch: record.brokerEpoch,
    incarnationId: record.incarnationId,
    endpoints: record.endPoints,
    features: supportedFeatures(record.features),
    rack: record.rack,
    fenced: record.fenced,
    inControlledShutdown: record.inControlledShutdown,
    logDirs: [...record.logDirs].sort(),
    cordonedLogDirs: record.cordonedLogDirs ?? [],
  };
}

export function controllerFromRecord(record: RegisterControllerRecord): ControllerImage {
  return {
    id: record.controllerId as NodeId,
    incarnationId: record.incarnationId,
    endpoints: record.endPoints,
    features: supportedFeatures(record.features),
  };
}

function supportedFeatures(
  features: RegisterBrokerRecord["features"],
): ReadonlyMap<string, SupportedFeature> {
  return new Map(
    features.map((one) => [one.name, { min: one.minSupportedVersion, max: one.maxSupportedVersion }]),
  );
}

/** The registration after a change. In change records 1 means yes, -1 no, and 0 as it was. */
export function applyBrokerChange(broker: BrokerImage, change: BrokerChange): BrokerImage {
  switch (change.type) {
    case "FenceBrokerRecord":
      return { ...broker, fenced: true };
    case "UnfenceBrokerRecord":
      return { ...broker, fenced: false };
    case "BrokerRegistrationChangeRecord": {
      const { fenced, inControlledShutdown, logDirs, cordonedLogDirs } = change.data;
      return {
        ...broker,
        // A fenced broker that is told to come back starts with a clean slate.
        fenced: fenced === 0 ? broker.fenced : fenced === 1,
        inControlledShutdown: inControlledShutdown === 0
          ? broker.inControlledShutdown
          : inControlledShutdown === 1,
        logDirs: logDirs.length === 0 ? broker.logDirs : [...logDirs].sort(),
        cordonedLogDirs: cordonedLogDirs ?? broker.cordonedLogDirs,
      };
    }
  }
}
