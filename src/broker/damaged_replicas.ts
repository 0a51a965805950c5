/**
 * Replaces replicas whose disk has returned other bytes than were written. A log that is known to be damaged must
 * neither serve nor be trusted, and cutting off the damage would leave a replica that counts as in sync and lacks what
 * was acknowledged. So it is given up as a whole as soon as others in sync have all of it: reported to the controller as
 * lost (AssignReplicasToDirs with `DirectoryId.LOST`, KIP-858), which takes it out of the ISR in a new leader epoch, and
 * only then removed and fetched anew from the leader. Kafka leaves that to the operator.
 *
 * The last replica in sync is not given up, which the controller sees to: what is sound of it can still be read and
 * written, and what is not is refused.
 */

import type { NodeId } from "../core/ids.ts";
import type { Logger } from "../core/logger.ts";
import type { MetadataChange } from "../metadata/change.ts";
import { directoryOf, LOST_DIRECTORY } from "../metadata/directories.ts";
import type { Partition } from "./partition.ts";

export interface DamagedReplicasParts {
  readonly logger: Logger;
  /** Whether a broker can be reached, as far as is known. */
  readonly isAlive: (id: NodeId) => boolean;
  /** Tells the controller what it does not know yet of a partition's directory. */
  readonly tellDirectory: (partition: Partition) => void;
  /** Puts an empty log in the place of a partition's. */
  readonly renew: (partition: Partition) => void;
}

/** What is damaged again and again is no accident: an operator must look at it. */
const MAX_RENEWALS = 3;

export class DamagedReplicas {
  readonly #parts: DamagedReplicasParts;
  /** Damaged, and not replaced yet. */
  readonly #damaged = new Set<Partition>();
  /** Those of them that were given up. */
  readonly #lost = new Set<Partition>();
  /** How often each partition was replaced, by its name. */
  readonly #renewals = new Map<string, number>();

  constructor(parts: DamagedReplicasParts) {
    this.#parts = parts;
  }

  /** Whether the log of a partition was given up. */
  isLost(partition: Partition): boolean {
    return this.#lost.has(partition);
  }

  /** The log of a partition is damaged. */
  onDamaged(partition: Partition): void {
    this.#damaged.add(partition);
    this.#consider(partition);
  }

  /** Takes the metadata that is in force on this broker now. */
  onMetadata(change: MetadataChange): void {
    if (this.#damaged.size === 0) return;
    const mayMatter = change.topics.size > 0 || change.brokers.size > 0;
    if (mayMatter) { for (const partition of [...this.#damaged]) this.#consider(partition); }
  }

  #consider(partition: Partition): void {
    if (partition.closed) return this.#forget(partition);
    const { state, localId } = partition;
    const isOut = state.leader !== localId && !state.isr.includes(localId);
    // A disk that has failed altogether is for others to report.
    if (partition.log.offline !== null) return this.#forget(partition);
    const name = `${partition.topic}-${partition.index}`;
    const renewals = this.#renewals.get(name) ?? 0;
    if (directoryOf(state, localId) !== LOST_DIRECTORY) {
      // The controller may have refused it meanwhile, because nobody else was left.
      const isHeld = state.isr.some((id) => id !== localId && this.#parts.isAlive(id));
      if (!isHeld || renewals >= MAX_RENEWALS) return void this.#lost.delete(partition);
      this.#lost.add(partition);
      return this.#parts.tellDirectory(partition);
    }
    if (!isOut || state.leader < 0 || !this.#lost.has(partition)) return;
    this.#parts.logger.warn("a damaged replica is fetched anew", {
      partition: name,
      damage: partition.log.damage,
    });
    this.#renewals.set(name, renewals + 1);
    this.#forget(partition);
    this.#parts.renew(partition);
  }

  #forget(partition: Partition): void {
    this.#damaged.delete(partition);
    this.#lost.delete(partition);
  }
}
