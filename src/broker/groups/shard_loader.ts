/** Replays the log of a `__consumer_offsets` partition into its group shard, in slices that leave the loop free. */

import { messageOf } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { GroupShard } from "../../coordinator/group/group_shard.ts";
import type { PartitionLog } from "../../log/partition_log.ts";
import type { Timers } from "../../platform/platform.ts";
import { BatchCursor } from "../../records/batch.ts";
import { RecordCursor } from "../../records/record.ts";
import { decodeGroupRecord } from "./group_records.ts";

/** How many bytes are read and replayed at a time. */
const SLICE_BYTES = 256 * 1024;

/**
 * Replays the log to where it ends now; resolves with the number of records. Throws when the log cannot be read. A new
 * leader's high watermark is behind what its predecessor acknowledged: all that is in its log is going to be committed,
 * or it will not lead for long.
 */
export async function replayGroupLog(
  log: PartitionLog,
  shard: GroupShard,
  options: { readonly isCancelled: () => boolean; readonly timers: Timers; readonly logger: Logger },
): Promise<number> {
  let count = 0;
  const endOffset = log.logEndOffset;
  let offset = log.logStartOffset;
  while (offset < endOffset && !options.isCancelled()) {
    const bytes = await readSlice(log, offset, endOffset);
    // The shard may have been given up while the file was read.
    if (bytes.length === 0 || options.isCancelled()) break;
    const from = offset;
    const batch = new BatchCursor(bytes);
    while (batch.next()) {
      // Transactions end in markers, which mean nothing to groups until there are transactional commits.
      if (!batch.isControl) count += replayBatch(batch, shard, options.logger);
      offset = batch.lastOffset + 1;
    }
    if (offset === from) throw new Error(`read ${log.name} at ${offset}: ${batch.fault ?? "no whole batch"}`);
    await options.timers.yield();
  }
  return count;
}

async function readSlice(log: PartitionLog, offset: number, upTo: number): Promise<Uint8Array> {
  const first = log.read(offset, SLICE_BYTES, { upTo, minOneBatch: true });
  const read = first.kind === "cold" ? await first.load() : first;
  if (read.kind !== "records") throw new Error(`read ${log.name} at ${offset}: ${read.kind}`);
  const bytes = new Uint8Array(read.records.byteLength);
  read.records.writeTo(bytes);
  return bytes;
}

function replayBatch(batch: BatchCursor, shard: GroupShard, logger: Logger): number {
  let count = 0;
  const records = new RecordCursor(batch);
  while (records.next()) {
    count++;
    if (records.key === null) continue;
    try {
      const record = decodeGroupRecord(records.key, records.value);
      if (record !== null) shard.replay(record);
    } catch (error) {
      // One record that cannot be understood must not cost all groups their offsets.
      logger.warn("passed over a record of the offsets topic", {
        offset: records.offset,
        reason: messageOf(error),
      });
    }
  }
  return count;
}
