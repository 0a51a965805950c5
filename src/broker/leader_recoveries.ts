/**
 * Tells the controller that a partition's leader has recovered (KIP-704): after an unclean stop a partition comes
 * back marked RECOVERING, and the mark goes away once the leader, whose log is checked by then, says so.
 */

import type { Logger } from "../core/logger.ts";
import { messageOf } from "../core/errors.ts";
import type { MetadataChange } from "../metadata/change.ts";
import type { Timers } from "../platform/platform.ts";
import { ErrorCode, errorInfo } from "../protocol/error_codes.ts";
import { alterPartition } from "../protocol/messages/56_alter_partition.ts";
import type { ControllerChannel } from "./controller_channel.ts";
import type { Partition } from "./partition.ts";
import type { ReplicaManager } from "./replica_manager.ts";

/** What is needed to tell. */
export interface LeaderRecoveriesParts {
  readonly broker: () => { readonly id: number; readonly epoch: number };
  readonly channel: ControllerChannel;
  readonly replicas: ReplicaManager;
  readonly timers: Timers;
  readonly logger: Logger;
}

const RECOVERING = 1;
const RETRY_MS = 500;

export class LeaderRecoveries {
  readonly #parts: LeaderRecoveriesParts;
  #pending = new Set<Partition>();
  #isTelling = false;
  #stopped = false;

  constructor(parts: LeaderRecoveriesParts) {
    this.#parts = parts;
  }

  /** Looks for partitions that are led here and marked. Called after the replicas are updated. */
  onMetadata(change: MetadataChange): void {
    for (const topic of change.topics.values()) {
      if (topic.after === null) continue;
      for (const index of topic.partitions) {
        const partition = this.#parts.replicas.findById(topic.id, index);
        if (partition !== undefined && isRecovering(partition)) this.#pending.add(partition);
      }
    }
    if (this.#pending.size > 0 && !this.#isTelling) void this.#tell();
  }

  /** Tells nothing more: what is still marked is told after the next start. */
  stop(): void {
    this.#stopped = true;
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    // Everything that one image marks goes in one request; and the broker has its epoch by the next turn.
    await this.#parts.timers.yield();
    for (let waiting = this.#take(); waiting.length > 0 && !this.#stopped; waiting = this.#take()) {
      if (!await this.#send(waiting) && !this.#stopped) {
        for (const partition of waiting) this.#pending.add(partition);
        await this.#parts.timers.sleep(RETRY_MS);
      }
    }
    this.#isTelling = false;
  }

  #take(): Partition[] {
    const waiting = [...this.#pending].filter(isRecovering);
    this.#pending = new Set();
    return waiting;
  }

  /** Resolves with false when the request should be sent again; a changed partition comes back by itself. */
  async #send(partitions: readonly Partition[]): Promise<boolean> {
    const { channel, logger } = this.#parts;
    const { id, epoch } = this.#parts.broker();
    if (epoch < 0) return false;
    const byTopic = Map.groupBy(partitions, (partition) => partition.topicId);
    try {
      const response = await channel.send(alterPartition, {
        brokerId: id,
        brokerEpoch: epoch,
        topics: [...byTopic].map(([topicId, ofTopic]) => ({
          topicId,
          partitions: ofTopic.map(({ index, state }) => ({
            partitionIndex: index,
            leaderEpoch: state.leaderEpoch,
            newIsrWithEpochs: state.isr.map((brokerId) => ({
              brokerId,
              brokerEpoch: brokerId === id ? epoch : -1,
            })),
            leaderRecoveryState: 0,
            partitionEpoch: state.partitionEpoch,
          })),
        })),
      });
      if (response.errorCode === ErrorCode.NONE) return true;
      logger.warn("could not end the recovery of partitions", { reason: errorInfo(response.errorCode).name });
    } catch (error) {
      logger.warn("could not end the recovery of partitions", { reason: messageOf(error) });
    }
    return false;
  }
}

function isRecovering(partition: Partition): boolean {
  return partition.isLeader && partition.state.leaderRecoveryState === RECOVERING;
}
