/** Retention by size leaves at least `retention.bytes` of a log. */

import type { Partition } from "../../broker/partition.ts";
import type { PartitionLog } from "../../log/partition_log.ts";
import type { Findings } from "../findings.ts";
import { RETENTION_BYTES } from "../node_config.ts";

/** What was last seen of a leader. */
interface Seen {
  readonly logStartOffset: number;
  readonly leaderEpoch: number;
}

export class RetentionCheck {
  readonly #findings: Findings;
  readonly #led = new WeakMap<PartitionLog, Seen>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Looks at a partition whose records expire; `askedBelow` is up to where somebody wanted them deleted. */
  look({ log, topic, index, isLeader, leaderEpoch }: Partition, askedBelow: number): void {
    const before = this.#led.get(log);
    const { logStartOffset, sizeBytes } = log;
    // A follower's log begins where its leader's does.
    if (!isLeader) return void this.#led.delete(log);
    this.#led.set(log, { logStartOffset, leaderEpoch });
    if (before?.leaderEpoch !== leaderEpoch) return;
    if (logStartOffset <= Math.max(before.logStartOffset, askedBelow)) return;
    this.#findings.require(
      sizeBytes >= RETENTION_BYTES,
      "retention leaves what is to be kept",
      () =>
        `${topic}-${index} begins at ${logStartOffset} and has ${sizeBytes} bytes, wanted ${RETENTION_BYTES}`,
    );
  }
}
