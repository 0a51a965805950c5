/** Records that are about to be appended, in every form that they are needed in. */

import type { LeaderEpoch, Offset } from "../../core/ids.ts";
import { MetadataDelta } from "../../metadata/delta.ts";
import { type MetadataImage, metadataVersionOf } from "../../metadata/image.ts";
import type { ImageUpdate } from "../../metadata/image_loader.ts";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecord,
  type MetadataRecordDraft,
} from "../../metadata/record_codec.ts";

export interface PreparedRecords {
  readonly values: readonly Uint8Array[];
  /** As a replay of the log will read them: the image must not depend on what the encoding leaves out. */
  readonly records: readonly MetadataRecord[];
  /** The image with them, and what differs. */
  readonly update: ImageUpdate;
  readonly sizeBytes: number;
}

/** Encodes records and applies them to `base`. Throws `InvariantError` when they contradict it. */
export function prepareRecords(
  base: MetadataImage,
  drafts: readonly MetadataRecordDraft[],
  at: { readonly baseOffset: Offset; readonly leaderEpoch: LeaderEpoch; readonly timestampMs: number },
): PreparedRecords {
  const metadataVersion = metadataVersionOf(base);
  const delta = new MetadataDelta(base);
  const values: Uint8Array[] = [];
  const records: MetadataRecord[] = [];
  let sizeBytes = 0;
  for (const draft of drafts) {
    const value = encodeMetadataRecord(draft, metadataVersion);
    const record = decodeMetadataRecord(value);
    delta.replay(record);
    values.push(value);
    records.push(record);
    sizeBytes += value.length;
  }
  const update = delta.apply({
    offset: (at.baseOffset + drafts.length - 1) as Offset,
    epoch: at.leaderEpoch,
    timestampMs: at.timestampMs,
  });
  return { values, records, update, sizeBytes };
}
