/**
 * Brings the wishes of leaders to the controller (AlterPartition, KIP-497): followers that caught up join the ISR,
 * those that fell behind leave it, and a leader whose log is whole after an unclean election says so (KIP-704). One
 * request is under way at a time, with all partitions that have a wish; one wish of a partition at a time.
 */

import { messageOf } from "../../core/errors.ts";
import type { NodeId, Uuid } from "../../core/ids.ts";
import type { Logger } from "../../core/logger.ts";
import type { LeaderRecoveryState } from "../../metadata/image.ts";
import type { Timer, Timers } from "../../platform/platform.ts";
import { ErrorCode, errorInfo } from "../../protocol/error_codes.ts";
import { alterPartition } from "../../protocol/messages/56_alter_partition.ts";
import type { Decoded } from "../../protocol/schema.ts";
import type { ControllerChannel } from "../controller_channel.ts";
import type { BrokerCounters } from "../metrics/traffic.ts";
import type { Partition } from "../partition.ts";
import type { IsrProposal } from "../partition_context.ts";

/** What is needed to ask. */
export interface IsrManagerParts {
  readonly broker: () => { readonly id: number; readonly epoch: number };
  readonly channel: ControllerChannel;
  readonly timers: Timers;
  readonly logger: Logger;
  /** All partitions that are here. */
  readonly partitions: () => Iterable<Partition>;
  readonly counters: BrokerCounters;
  /** `replica.lag.time.max.ms`; followers are looked at every half of it. */
  readonly maxLagMs: number;
}

type Answer = Decoded<typeof alterPartition["response"]>["topics"][number]["partitions"][number];

interface Wish {
  readonly partition: Partition;
  readonly proposal: IsrProposal;
}

const RETRY_MS = 500;
/** How many partitions are looked at before others may have the loop. */
const SLICE = 1_000;
/** How many partitions are named in a line of the log. */
const MAX_NAMED = 3;

export class IsrManager {
  readonly #parts: IsrManagerParts;
  #wishing = new Set<Partition>();
  /** Wishes whose request may or may not have been carried out: they are sent again as they are. */
  #unsettled: Wish[] = [];
  /** Partitions whose ISR the last answer has changed. */
  #changed: string[] = [];
  #isAsking = false;
  #mustPause = false;
  #stopped = false;
  #timer: Timer | undefined;

  constructor(parts: IsrManagerParts) {
    this.#parts = parts;
  }

  /** Looks from now on for followers that fell behind. */
  start(): void {
    this.#timer = this.#parts.timers.after(
      Math.max(1, this.#parts.maxLagMs / 2),
      () => void this.#checkThenWait(),
    );
  }

  /** Asks nothing more: what is still wished for is asked after the next start. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** A leader wants its ISR altered. */
  onWish(partition: Partition): void {
    this.#wishing.add(partition);
    if (!this.#isAsking && !this.#stopped) void this.#ask();
  }

  /** Who may be in an ISR may have changed. */
  async checkAll(): Promise<void> {
    let looked = 0;
    for (const partition of this.#parts.partitions()) {
      partition.checkIsr();
      if (++looked % SLICE === 0) await this.#parts.timers.yield();
    }
  }

  async #checkThenWait(): Promise<void> {
    await this.checkAll();
    if (!this.#stopped) this.start();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    // Everything that one image or one fetch brings about goes in one request.
    await this.#parts.timers.yield();
    while (!this.#stopped) {
      const wishes = this.#take();
      if (wishes.length === 0) break;
      if (!await this.#send(wishes) && !this.#stopped) await this.#parts.timers.sleep(RETRY_MS);
    }
    this.#isAsking = false;
  }

  #repeatLater(partition: Partition): void {
    this.#wishing.add(partition);
    this.#mustPause = true;
  }

  #take(): Wish[] {
    this.#mustPause = false;
    const wishes = this.#unsettled.filter(({ partition, proposal }) => partition.isCurrent(proposal));
    this.#unsettled = [];
    const { epoch } = this.#parts.broker();
    for (const partition of this.#wishing) {
      const proposal = partition.proposeIsr(epoch);
      if (proposal !== null) wishes.push({ partition, proposal });
    }
    this.#wishing.clear();
    return wishes;
  }

  /** Resolves with false when some of the wishes should be sent again after a while. */
  async #send(wishes: readonly Wish[]): Promise<boolean> {
    const { channel, logger } = this.#parts;
    const { id, epoch } = this.#parts.broker();
    const reason = await (async () => {
      if (epoch < 0) return "this broker is not registered yet";
      try {
        const response = await channel.send(alterPartition, {
          brokerId: id,
          brokerEpoch: epoch,
          topics: topicsOf(wishes),
        });
        if (response.errorCode !== ErrorCode.NONE) return errorInfo(response.errorCode).name;
        this.#settle(wishes, response);
        return null;
      } catch (error) {
        return messageOf(error);
      }
    })();
    if (reason === null) return this.#unsettled.length === 0 && !this.#mustPause;
    if (!this.#stopped) {
      logger.warn("could not alter in-sync replicas", { partitions: wishes.length, reason });
    }
    this.#unsettled.push(...wishes);
    return false;
  }

  #settle(wishes: readonly Wish[], { topics }: Decoded<typeof alterPartition["response"]>): void {
    const answers = new Map<string, Answer>();
    for (const { topicId, partitions } of topics) {
      for (const answer of partitions) answers.set(`${topicId}/${answer.partitionIndex}`, answer);
    }
    this.#changed = [];
    for (const wish of wishes) {
      const { partition, proposal } = wish;
      // Newer metadata have come meanwhile: what was asked is decided, one way or the other.
      if (!partition.isCurrent(proposal)) {
        this.#wishing.add(partition);
        continue;
      }
      const answer = answers.get(`${partition.topicId}/${partition.index}`);
      if (answer === undefined || !this.#settleOne(partition, answer)) this.#unsettled.push(wish);
    }
    this.#report();
  }

  /** One line for all: a broker that comes back joins hundreds of ISRs. */
  #report(): void {
    const changed = this.#changed;
    if (changed.length === 0) return;
    const named = changed.slice(0, MAX_NAMED).join(",");
    const partitions = changed.length > MAX_NAMED ? `${named},...` : named;
    this.#parts.logger.info("in-sync replicas changed", { count: changed.length, partitions });
  }

  /** False when the wish should be sent again. */
  #settleOne(partition: Partition, answer: Answer): boolean {
    const { topic, index } = partition;
    const { errorCode } = answer;
    if (errorCode !== ErrorCode.NONE) this.#parts.counters.failedIsrUpdates++;
    const fields = { topic, partition: index, reason: errorInfo(errorCode).name };
    switch (errorCode) {
      case ErrorCode.NONE:
        this.#apply(partition, answer);
        return true;
      case ErrorCode.INELIGIBLE_REPLICA:
      case ErrorCode.OPERATION_NOT_ATTEMPTED:
      case ErrorCode.INVALID_REQUEST:
        // Nothing was changed. What to wish for shows when a follower fetches again.
        this.#parts.logger.info("the in-sync replicas stay as they are", fields);
        partition.withdrawIsr();
        // But that a leader has recovered must be told until it is heard.
        if (partition.state.leaderRecoveryState !== 0) this.#repeatLater(partition);
        return true;
      case ErrorCode.UNKNOWN_TOPIC_ID:
      case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      case ErrorCode.FENCED_LEADER_EPOCH:
      case ErrorCode.INVALID_UPDATE_VERSION:
      case ErrorCode.NEW_LEADER_ELECTED:
        // The controller is ahead: until its metadata come, members of both ISRs may count.
        this.#parts.logger.info("the partition has changed meanwhile", fields);
        return true;
      default:
        this.#parts.logger.warn("could not alter in-sync replicas", fields);
        return false;
    }
  }

  #apply(partition: Partition, answer: Answer): void {
    const { state } = partition;
    const isr = answer.isr as NodeId[];
    if (answer.leaderEpoch !== state.leaderEpoch || answer.partitionEpoch < state.partitionEpoch) return;
    this.#parts.logger.debug("in-sync replicas changed", {
      topic: partition.topic,
      partition: partition.index,
      isr: isr.join(","),
      before: state.isr.join(","),
    });
    this.#changed.push(`${partition.topic}-${partition.index}`);
    partition.update({
      ...state,
      isr,
      partitionEpoch: answer.partitionEpoch,
      leaderRecoveryState: answer.leaderRecoveryState as LeaderRecoveryState,
    });
    // Another follower may have caught up while this was under way.
    this.#wishing.add(partition);
  }
}

function topicsOf(wishes: readonly Wish[]) {
  const byTopic = Map.groupBy(wishes, ({ partition }) => partition.topicId);
  return [...byTopic].map(([topicId, ofTopic]: [Uuid, Wish[]]) => ({
    topicId,
    partitions: ofTopic.map(({ partition: { index }, proposal }) => ({
      partitionIndex: index,
      leaderEpoch: proposal.leaderEpoch,
      newIsr: proposal.members.map(({ brokerId }) => brokerId),
      newIsrWithEpochs: proposal.members.map((member) => ({ ...member })),
      leaderRecoveryState: 0,
      partitionEpoch: proposal.partitionEpoch,
    })),
  }));
}
