/** Which log directory of its broker a replica is in, and whether that can be used (KIP-858). */

import type { NodeId, Uuid } from "../core/ids.ts";
import { ZERO_UUID } from "../core/uuid.ts";
import type { BrokerImage, PartitionImage } from "./image.ts";

/** `DirectoryId.UNASSIGNED`: the broker itself chooses the directory. */
export const UNASSIGNED_DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAQ" as Uuid;
/** `DirectoryId.LOST`: the directory is known to be gone. */
export const LOST_DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAg" as Uuid;
/** `DirectoryId.MIGRATING`: the broker has not said yet. */
const MIGRATING_DIRECTORY = ZERO_UUID;

/** Whether a directory of a broker works, as far as is known. A broker of an old version names no directories. */
export function isDirectoryOnline(broker: BrokerImage, directory: Uuid): boolean {
  if (directory === LOST_DIRECTORY) return false;
  return broker.logDirs.length === 0 || directory === UNASSIGNED_DIRECTORY ||
    directory === MIGRATING_DIRECTORY || broker.logDirs.includes(directory);
}

/** The directory of a partition's replica on a broker. */
export function directoryOf({ replicas, directories }: PartitionImage, id: NodeId): Uuid {
  return directories[replicas.indexOf(id)] ?? MIGRATING_DIRECTORY;
}
