/** Dumps the files of a data directory, each kind in its way. */

import { DecodeError, messageOf } from "../../../core/errors.ts";
import type { KnownFile } from "../../../log/inspect/file_kind.ts";
import {
  type IndexEntries,
  offsetIndexEntries,
  timeIndexEntries,
  txnIndexEntries,
} from "../../../log/inspect/index_entries.ts";
import { textEntries } from "../../../log/inspect/text_files.ts";
import { decodeProducerSnapshot } from "../../../log/producer_snapshot.ts";
import { withCommas } from "../../progress.ts";
import type { DumpPrinter, EntryFields } from "./printer.ts";

/** What came of a file that has no batches. */
export interface DumpedEntries {
  readonly text: string;
  /** What is wrong with the file; null when it is sound. */
  readonly problem: string | null;
  /** Something worth knowing that is not wrong. */
  readonly note: string | null;
}

/** Dumps an index, a snapshot or a text file from its content. */
export function dumpEntries(file: KnownFile, bytes: Uint8Array, printer: DumpPrinter): DumpedEntries {
  switch (file.kind) {
    case "offset-index":
      return dumpIndex("offset-index-entry", offsetIndexEntries(bytes, file.baseOffset), printer);
    case "time-index":
      return dumpIndex("time-index-entry", timeIndexEntries(bytes, file.baseOffset), printer);
    case "txn-index":
      return dumpIndex("aborted-transaction", txnIndexEntries(bytes), printer);
    case "producer-snapshot":
      return orProblem(() =>
        decodeProducerSnapshot(bytes).map((entry) => printer.entry("producer", { ...entry }))
      );
    default:
      return orProblem(() => textEntries(file.kind, bytes).map((entry) => printer.entry(file.kind, entry)));
  }
}

function dumpIndex<Entry>(
  type: string,
  { entries, damage, unusedBytes }: IndexEntries<Entry>,
  printer: DumpPrinter,
): DumpedEntries {
  return {
    text: entries.map((entry) => printer.entry(type, entry as EntryFields)).join(""),
    problem: damage === null ? null : `at byte ${damage.position}: ${damage.what}`,
    note: unusedBytes === 0 ? null : `${withCommas(unusedBytes)} bytes at the end are not used yet`,
  };
}

function orProblem(dump: () => string[]): DumpedEntries {
  try {
    return { text: dump().join(""), problem: null, note: null };
  } catch (error) {
    if (error instanceof DecodeError) return { text: "", problem: messageOf(error), note: null };
    throw error;
  }
}
