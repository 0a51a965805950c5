/** Reads metadata logs and snapshots that a real Kafka 4.3 wrote (tests/golden/kafka_data_dir). */

import type { LeaderEpoch, Offset } from "../../../src/core/ids.ts";
import type { MetadataBatch } from "../../../src/metadata/image_loader.ts";
import { decodeMetadataRecord } from "../../../src/metadata/record_codec.ts";
import { batches } from "../../../src/records/batch.ts";
import { recordsOf } from "../../../src/records/record.ts";

const directory = new URL("../../golden/kafka_data_dir/__cluster_metadata-0/", import.meta.url);

/** The values of all metadata records in a file, in order. */
export function goldenValues(name: string): Uint8Array[] {
  return [...batches(Deno.readFileSync(new URL(name, directory)))]
    .filter((batch) => !batch.isControl)
    .flatMap((batch) => [...recordsOf(batch)].map((record) => record.value!));
}

/** The batches of a file, as the quorum driver delivers them. */
export function goldenBatches(name: string): MetadataBatch[] {
  return [...batches(Deno.readFileSync(new URL(name, directory)))].map((batch) => ({
    baseOffset: batch.baseOffset as Offset,
    lastOffset: batch.lastOffset as Offset,
    epoch: batch.partitionLeaderEpoch as LeaderEpoch,
    timestampMs: batch.maxTimestamp,
    records: batch.isControl ? [] : [...recordsOf(batch)].map((record) => decodeMetadataRecord(record.value)),
  }));
}

/** Kafka's own snapshots in the directory, with the offset (exclusive) that each reaches to. */
export function goldenSnapshots(): { name: string; endOffset: number }[] {
  return [...Deno.readDirSync(directory)]
    .filter((entry) => entry.name.endsWith(".checkpoint"))
    .map((entry) => ({ name: entry.name, endOffset: Number(entry.name.split("-")[0]) }))
    .filter((snapshot) => snapshot.endOffset > 0)
    .sort((a, b) => a.endOffset - b.endOffset);
}

export const LOG = "00000000000000000000.log";
