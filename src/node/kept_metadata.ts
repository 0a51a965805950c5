/**
 * What a node keeps without acting on it. A data directory that Apache Kafka wrote may hold more than Sluice can do
 * yet: nothing of it is lost, but whoever relies on it must hear that it does nothing.
 */

import type { Logger } from "../core/logger.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import type { MetadataImage } from "../metadata/image.ts";

/** Says what is kept and does nothing, a line for each kind. */
export function warnOfKept(image: MetadataImage, logs: Iterable<PartitionLog>, logger: Logger): void {
  const warn = (count: number, what: string, effect: string) => {
    if (count > 0) logger.warn(`${what} are kept but not acted on yet: ${effect}`, { count });
  };
  warn(image.acls.size, "ACLs", "every client may do everything");
  warn(image.scramCredentials.size, "SCRAM credentials", "nobody has to log in");
  warn(image.delegationTokens.size, "delegation tokens", "nobody has to log in");
  warn(image.clientQuotas.size, "client quotas", "no client is slowed down");
  for (const log of logs) {
    const offset = log.producers.firstUnstableOffset;
    if (offset < 0) continue;
    logger.warn("a transaction is open that nobody can end yet: committed reads stop there", {
      partition: log.name,
      offset,
    });
  }
}
