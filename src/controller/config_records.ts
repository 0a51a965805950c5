/** The records that change what is set for a resource. */

import { type ConfigResource, ConfigResourceType } from "../metadata/image.ts";
import type { MetadataRecordDraft } from "../metadata/record_codec.ts";
import type { ClusterView } from "./cluster_view.ts";

const MIN_ISR = "min.insync.replicas";

/** One record for each setting that differs between `before` and `after`. */
export function settingRecords(
  resource: ConfigResource,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  view: ClusterView,
): MetadataRecordDraft[] {
  const records: MetadataRecordDraft[] = [];
  const change = (name: string, value: string | null) =>
    records.push({
      type: "ConfigRecord",
      data: { resourceType: resource.type, resourceName: resource.name, name, value },
    });
  for (const [name, value] of after) if (before.get(name) !== value) change(name, value);
  for (const name of before.keys()) if (!after.has(name)) change(name, null);
  // Which replicas are eligible was reckoned with the old number (KIP-966).
  const isMinIsrChanged = view.isElrEnabled && before.get(MIN_ISR) !== after.get(MIN_ISR);
  const isTopic = resource.type === ConfigResourceType.TOPIC;
  if (isMinIsrChanged && (isTopic || (resource.type === ConfigResourceType.BROKER && resource.name === ""))) {
    records.push({ type: "ClearElrRecord", data: { topicName: isTopic ? resource.name : "" } });
  }
  return records;
}
