/** What a dump consists of, however it is printed. */

import type { KnownFile } from "../../../log/inspect/file_kind.ts";
import type { BatchView } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { Decoded } from "../decode/coordinator_record.ts";

/** Values of an entry by name. */
export type EntryFields = Readonly<Record<string, unknown>>;

/** Makes text of the parts of files. Each call returns lines with their ends. */
export interface DumpPrinter {
  file(file: KnownFile, sizeBytes: number): string;
  batch(batch: BatchView, position: number): string;
  /** `decoded` says what a record means, or why that cannot be told; null where records are anybody's. */
  record(record: KafkaRecord, decoded: Decoded | string | null): string;
  /** An entry of a file that has no batches. `type` names it. */
  entry(type: string, fields: EntryFields): string;
}
