/** The image that a snapshot holds. */

import type { Offset } from "../../core/ids.ts";
import { MetadataDelta } from "../../metadata/delta.ts";
import { emptyImage, type MetadataImage } from "../../metadata/image.ts";
import { decodeMetadataRecord } from "../../metadata/record_codec.ts";
import type { OffsetAndEpoch } from "../../raft/types.ts";
import type { SnapshotContent } from "./snapshot_files.ts";

/** Throws `DecodeError` when a record of the snapshot cannot be read. */
export function imageOfSnapshot(
  clusterId: string,
  id: OffsetAndEpoch,
  content: SnapshotContent,
): MetadataImage {
  const delta = new MetadataDelta(emptyImage(clusterId));
  for (const value of content.values) delta.replay(decodeMetadataRecord(value));
  const offset = (id.offset - 1) as Offset;
  return delta.apply({ offset, epoch: id.epoch, timestampMs: content.timestampMs }).image;
}
