/**
 * The aborted transactions of a log, from the `.txnindex` files of its segments (KIP-98): consumers that read only what
 * is committed are told of them, because they get the records of all transactions.
 */

import { readIfPresent } from "./checkpoint_file.ts";
import { TXN_INDEX_SUFFIX } from "./file_names.ts";
import { txnIndexEntries, type TxnIndexEntry } from "./inspect/index_entries.ts";
import type { PartitionLog } from "./partition_log.ts";
import type { Segment } from "./segment.ts";

/** What was read of each segment: nothing is added to these files while Sluice runs no transactions of its own. */
const known = new WeakMap<Segment, readonly TxnIndexEntry[]>();

/**
 * The aborted transactions with records from `offset` on and before `endOffset`, in the order of their ends; more may be
 * among them that lie in the same segments. Throws DiskError.
 */
export function abortedTransactions(log: PartitionLog, offset: number, endOffset: number): TxnIndexEntry[] {
  const found: TxnIndexEntry[] = [];
  const { segments } = log;
  // A transaction is in the index of the segment that has its end.
  for (const segment of segments.list.slice(segments.indexOf(offset))) {
    if (segment.sizeBytes === 0) continue;
    for (const entry of entriesOf(log, segment)) {
      if (entry.lastOffset >= offset && entry.firstOffset < endOffset) found.push(entry);
    }
  }
  return found;
}

function entriesOf(log: PartitionLog, segment: Segment): readonly TxnIndexEntry[] {
  let entries = known.get(segment);
  if (entries === undefined) {
    const bytes = readIfPresent(log.context.disk, segment.path(TXN_INDEX_SUFFIX));
    entries = bytes === null ? [] : txnIndexEntries(bytes).entries;
    known.set(segment, entries);
  }
  return entries;
}
