/** Commits what a member has worked off: from time to time, when partitions go, and when it is told to. */

import { messageOf } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import type { CoordinatorClient } from "./coordinator_client.ts";
import { commitOffsets, type OffsetToCommit } from "./group_offsets.ts";
import type { Membership } from "./membership.ts";
import type { GroupConsumerOptions } from "./options.ts";
import type { ReadPositions } from "./read_positions.ts";
import { keyOf } from "./topic_partitions.ts";

interface CommitsParts {
  readonly cluster: Cluster;
  readonly coordinator: CoordinatorClient;
  readonly membership: Membership;
  readonly positions: ReadPositions;
  readonly options: GroupConsumerOptions;
}

/** How long the last commit may take while others wait for the member to be done. */
const LAST_COMMIT_TIMEOUT_MS = 5_000;

export class Commits {
  readonly #parts: CommitsParts;
  #dueMs = 0;
  #running: Promise<void> | null = null;

  constructor(parts: CommitsParts) {
    this.#parts = parts;
  }

  /** Counts the time to the next commit from now on. */
  restart(): void {
    this.#dueMs = this.#nowMs() + (this.#parts.options.autoCommitIntervalMs ?? Infinity);
  }

  /** Begins a commit if it is time. Returns when it is time again, on the monotonic clock. */
  runIfDue(): number {
    if (this.#nowMs() < this.#dueMs) return this.#dueMs;
    this.restart();
    if (this.#running !== null) return this.#dueMs;
    this.#running = this.commit(this.#parts.positions.uncommitted())
      .catch((error) => this.#onRefusal(error))
      .finally(() => this.#running = null);
    return this.#dueMs;
  }

  /** Commits everything while the partitions still are the member's. Never rejects. */
  async commitLast(): Promise<void> {
    if (this.#parts.options.autoCommitIntervalMs === null) return;
    await this.settled();
    await this.commit(this.#parts.positions.uncommitted(), LAST_COMMIT_TIMEOUT_MS)
      .catch((error) => this.#onRefusal(error));
  }

  /** Resolves when no commit is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Throws {@link BrokerError} when the coordinator refuses one of the offsets; the others may be committed. */
  async commit(
    offsets: readonly OffsetToCommit[],
    timeoutMs: number = this.#parts.cluster.options.requestTimeoutMs,
  ): Promise<void> {
    if (offsets.length === 0) return;
    const { coordinator, membership, positions, options: { groupId, groupInstanceId } } = this.#parts;
    const { memberId, generationId } = membership;
    const committer = { groupId, memberId, generationId, groupInstanceId };
    const results = await commitOffsets(coordinator, committer, offsets, { timeoutMs });
    const refused = results.filter((one) => one.errorCode !== ErrorCode.NONE);
    const refusedKeys = new Set(refused.map(keyOf));
    positions.onCommitted(offsets.filter((one) => !refusedKeys.has(keyOf(one))));
    const [first] = refused;
    if (first === undefined) return;
    // Meanwhile the member may have joined anew: the refusal is about the past then.
    if (generationId === membership.generationId) membership.onErrorCode(first.errorCode);
    throw new BrokerError(`commit the offset of ${keyOf(first)} for group "${groupId}"`, first.errorCode);
  }

  /** The next commit holds everything again, so nothing is lost yet. */
  #onRefusal(error: unknown): void {
    const { logger } = this.#parts.cluster.options;
    const isRebalancing = error instanceof BrokerError && error.code === ErrorCode.REBALANCE_IN_PROGRESS;
    if (isRebalancing) logger.debug("could not commit", { reason: messageOf(error) });
    else logger.warn("could not commit", { reason: messageOf(error) });
  }

  #nowMs(): number {
    return this.#parts.cluster.options.clock.monotonicMs();
  }
}
