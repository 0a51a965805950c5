/** Leaves a log in the form in which it opens without a look at its batches. */

import { DiskError } from "../platform/disk.ts";
import { LEADER_EPOCH_CHECKPOINT, offsetPath, SNAPSHOT_SUFFIX } from "./file_names.ts";
import type { PartitionLog } from "./partition_log.ts";
import { join } from "./paths.ts";

/** Flushes everything and writes the indexes, the producer snapshot and the epochs. False when the disk failed. */
export async function closeCleanly(log: PartitionLog): Promise<boolean> {
  try {
    if (!await log.flush()) return false;
    await log.flusher.idle();
    await log.flusher.syncDirectories();
    const { active, directory, context, epochs, logEndOffset } = log;
    if (epochs.dirty) {
      await context.disk.writeFileAtomic(join(directory, LEADER_EPOCH_CHECKPOINT), epochs.encode());
    }
    if (log.clean) return true;
    active.closeTimeIndex();
    await active.saveIndexes({ sync: true });
    await context.disk.writeFileAtomic(
      offsetPath(directory, logEndOffset, SNAPSHOT_SUFFIX),
      log.producers.encode(),
    );
    return log.offline === null;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    log.fail(error);
    return false;
  }
}
