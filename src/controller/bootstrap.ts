/** The first records of a new cluster: the feature levels it starts with, as Kafka's format step has them. */

import { BOOTSTRAP_FEATURES, ELIGIBLE_LEADER_REPLICAS_VERSION } from "../metadata/features.ts";
import { ConfigResourceType } from "../metadata/image.ts";
import { decodeMetadataRecord, type MetadataRecordDraft } from "../metadata/record_codec.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { Disk } from "../platform/disk.ts";
import { decodeSnapshot } from "./quorum/snapshot_files.ts";

/** Written by Kafka's format step into the directory of the metadata log. */
const BOOTSTRAP_CHECKPOINT = "bootstrap.checkpoint";

/**
 * What a cluster begins with: what the format step has left, or else the latest production levels. Throws
 * `DecodeError` when the format step's file is damaged.
 */
export function bootstrapRecords(disk: Disk, directory: string, config: BrokerConfig): MetadataRecordDraft[] {
  const path = `${directory}/${BOOTSTRAP_CHECKPOINT}`;
  const records: MetadataRecordDraft[] = disk.exists(path)
    ? decodeSnapshot(disk.readFile(path)).values.map(decodeMetadataRecord)
    : BOOTSTRAP_FEATURES.map(([name, featureLevel]) => ({
      type: "FeatureLevelRecord",
      data: { name, featureLevel },
    }));
  const hasElr = records.some((record) =>
    record.type === "FeatureLevelRecord" && record.data.name === ELIGIBLE_LEADER_REPLICAS_VERSION &&
    record.data.featureLevel > 0
  );
  if (!hasElr) return records;
  // All brokers must agree on this number from the start (KIP-966).
  const name = "min.insync.replicas";
  const data = {
    resourceType: ConfigResourceType.BROKER,
    resourceName: "",
    name,
    value: String(config.get(name)),
  };
  return [...records, { type: "ConfigRecord", data }];
}
