/** Which version of a record a cluster at some metadata.version writes: the newest that all its nodes can read. */

import { MetadataVersion } from "./features.ts";
import type { MetadataRecordDraft } from "./record_codec.ts";

/** The version to encode `record` in. Types that are not named here have only version 0. */
export function recordVersion(record: MetadataRecordDraft, metadataVersion: number): number {
  switch (record.type) {
    case "RegisterBrokerRecord":
      if (metadataVersion >= MetadataVersion.V4_3_IV0) return 4;
      if (metadataVersion >= MetadataVersion.V3_7_IV2) return 3;
      return metadataVersion >= MetadataVersion.V3_4_IV0 ? 2 : 1;
    case "PartitionRecord":
    case "PartitionChangeRecord":
      if (metadataVersion >= MetadataVersion.V4_0_IV1) return 2;
      return metadataVersion >= MetadataVersion.V3_7_IV2 ? 1 : 0;
    case "BrokerRegistrationChangeRecord":
      // As low as its content allows: it is written only for what the feature level knows.
      if ((record.data.cordonedLogDirs ?? null) !== null) return 3;
      if (record.data.logDirs !== undefined && record.data.logDirs.length > 0) return 2;
      return (record.data.inControlledShutdown ?? 0) !== 0 ? 1 : 0;
    default:
      return 0;
  }
}
