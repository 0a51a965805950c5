/** Where a new replica goes on its broker; what is known of directories is in metadata/directories.ts (KIP-858). */

import type { Uuid } from "../core/ids.ts";
import { ZERO_UUID } from "../core/uuid.ts";
import { UNASSIGNED_DIRECTORY } from "../metadata/directories.ts";
import type { BrokerImage } from "../metadata/image.ts";

export {
  directoryOf,
  isDirectoryOnline,
  LOST_DIRECTORY,
  UNASSIGNED_DIRECTORY,
} from "../metadata/directories.ts";

/** The directory for a new replica on a broker: its only one, or its own choice among several that take replicas. */
export function directoryFor(broker: BrokerImage | undefined): Uuid {
  const usable = broker?.logDirs.filter((id) => !broker.cordonedLogDirs.includes(id)) ?? [];
  if (usable.length === 1) return usable[0]!;
  return usable.length === 0 ? ZERO_UUID : UNASSIGNED_DIRECTORY;
}

/** Whether a broker takes no new replicas: all its directories are cordoned (KIP-1066). */
export function isCordoned({ logDirs, cordonedLogDirs }: BrokerImage): boolean {
  return logDirs.length > 0 && logDirs.every((id) => cordonedLogDirs.includes(id));
}
