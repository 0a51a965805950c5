/**
 * A consumer that shares topics with the other members of its group: it joins, reads the partitions it is given from
 * where the group stands, commits what was worked off, and follows every rebalance. Everything that concerns the
 * caller happens inside {@link GroupConsumer.next}; only heartbeats run beside it.
 */

import { messageOf } from "../../core/errors.ts";
import type { Timer } from "../../platform/platform.ts";
import type { Cluster } from "../cluster.ts";
import type { FetchedRecords } from "../consumer/fetched.ts";
import { Fetcher } from "../consumer/fetcher.ts";
import { defaultFetcherOptions } from "../consumer/options.ts";
import { startingPoints } from "../consumer/positions.ts";
import { BrokerError, UnreachableError } from "../errors.ts";
import type { TopicPartition } from "../leaders.ts";
import type { Assignor } from "./assignors/assignor.ts";
import { encodeSubscription, NO_GENERATION, type TopicPartitions } from "./consumer_protocol.ts";
import { Commits } from "./commits.ts";
import { CoordinatorClient } from "./coordinator_client.ts";
import { type CommittedOffset, fetchOffsets, type OffsetToCommit } from "./group_offsets.ts";
import { Leader } from "./leader.ts";
import { type Joined, Membership } from "./membership.ts";
import { defaultGroupConsumerOptions, type GroupConsumerOptions, type RebalanceListener } from "./options.ts";
import { ReadPositions } from "./read_positions.ts";
import { countPartitions, flatten, keyOf, minus } from "./topic_partitions.ts";

type RequiredOptions = Pick<GroupConsumerOptions, "groupId" | "topics">;

const NOTHING: TopicPartitions = new Map();
const REJOIN_BACKOFF_MS = 500;

export class GroupConsumer {
  readonly #cluster: Cluster;
  readonly #options: GroupConsumerOptions;
  readonly #listener: RebalanceListener;
  readonly #coordinator: CoordinatorClient;
  readonly #membership: Membership;
  readonly #leader: Leader;
  readonly #fetcher: Fetcher;
  readonly #positions = new ReadPositions();
  readonly #commits: Commits;
  #owned: TopicPartitions = NOTHING;
  /** The losses of the membership when what is owned was given. */
  #lossesSeen = 0;
  #joining: Promise<void> | null = null;
  #joined: Joined | null = null;
  #joinError: unknown = null;
  #hasJoined = false;
  #failingSinceMs: number | null = null;
  #isLeader = false;
  #given: FetchedRecords | null = null;
  #ready: FetchedRecords | null = null;
  #readError: unknown = null;
  #isReading = false;
  #wake: () => void = () => {};
  #wakeTimer: Timer | null = null;
  #wakeAtMs = Infinity;
  #topicsDueMs = Infinity;
  #running: Promise<unknown> = Promise.resolve();
  /** Whether it has nothing to do: otherwise its caller or its listener is at work, and must not take too long. */
  #isIdle = false;
  #lastIdleMs: number;
  #closed = false;
  #closing: Promise<void> | null = null;

  constructor(cluster: Cluster, options: RequiredOptions & Partial<GroupConsumerOptions>) {
    this.#cluster = cluster;
    this.#options = { ...defaultGroupConsumerOptions, ...options };
    this.#listener = this.#options.listener;
    this.#coordinator = new CoordinatorClient(cluster, options.groupId);
    this.#membership = new Membership({
      cluster,
      coordinator: this.#coordinator,
      options: this.#options,
      isAlive: () => this.#isIdle || this.#nowMs() - this.#lastIdleMs < this.#options.rebalanceTimeoutMs,
      onAttention: () => this.#wake(),
    });
    this.#leader = new Leader(cluster);
    this.#commits = new Commits({
      cluster,
      coordinator: this.#coordinator,
      membership: this.#membership,
      positions: this.#positions,
      options: this.#options,
    });
    const { fetcher } = this.#options;
    this.#fetcher = new Fetcher(cluster, {
      ...fetcher,
      onReset: (place, from, to) => {
        this.#positions.seek(place, to);
        fetcher.onReset?.(place, from, to);
      },
    });
    this.#lastIdleMs = this.#nowMs();
  }

  /** The partitions that are this member's now. */
  get assignment(): TopicPartitions {
    return this.#owned;
  }

  get memberId(): string {
    return this.#membership.memberId;
  }

  get generationId(): number {
    return this.#membership.generationId;
  }

  /** The offset of the next record that {@link next} gives of a partition; undefined when it is not the member's. */
  position(place: TopicPartition): number | undefined {
    return this.#positions.position(place);
  }

  /**
   * The next records of any partition of this member, waiting for them; null once the consumer is closed. Asking
   * for the next records says that those before have been worked off. Rejects with `BrokerError` when the group
   * refuses this member or a partition cannot be read, and with `UnreachableError` when nobody answers.
   */
  async next(): Promise<FetchedRecords | null> {
    if (this.#closed) return null;
    if (this.#given !== null) this.#positions.process(this.#given, this.#given.nextOffset);
    this.#given = null;
    const running = this.#next();
    this.#running = running.catch(() => {});
    try {
      return await running;
    } catch (error) {
      if (this.#closed) return null;
      throw error;
    }
  }

  /** Says that the records of a partition below `offset` have been worked off, before the next ones are asked for. */
  processed(place: TopicPartition, offset: number): void {
    this.#positions.process(place, offset);
  }

  /** Goes on at another offset in a partition of this member. */
  seek(place: TopicPartition, offset: number): void {
    if (this.#positions.position(place) === undefined) return;
    this.#positions.seek(place, offset);
    this.#given = null;
    this.#fetcher.remove(place);
    this.#fetcher.add(place, offset);
  }

  /** Commits what was worked off, or the offsets given. Throws {@link BrokerError} when the coordinator refuses. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    await this.#commits.settled();
    await this.#commits.commit(offsets ?? this.#positions.uncommitted());
  }

  /** What the group has committed; partitions without a position are not in it. */
  committed(places: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    return this.#fetchOffsets(places);
  }

  /** Commits what was worked off, leaves the group and ends a {@link next} that waits. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    // A JoinGroup may be waiting for others.
    if (this.#joining !== null) this.#membership.stopJoining();
    await this.#running;
    await this.#joining;
    this.#wakeTimer?.cancel();
    if (this.#isMember) {
      await this.#commits.commitLast();
      await this.#listener.onRevoked?.(this.#owned);
    }
    this.#fetcher.close();
    await this.#membership.leave("the consumer was closed");
    this.#coordinator.close();
  }

  async #next(): Promise<FetchedRecords | null> {
    while (!this.#closed) {
      this.#lastIdleMs = this.#nowMs();
      if (this.#membership.failure !== null) throw this.#membership.failure;
      await this.#followGroup();
      if (this.#isMember) this.#wakeAt(Math.min(this.#commits.runIfDue(), this.#watchTopicsIfDue()));
      const fetched = await this.#read();
      if (fetched === null || !this.#positions.give(fetched)) continue;
      this.#given = fetched;
      return fetched;
    }
    return null;
  }

  /** Joins when there is a reason to, and takes over what came of it. Kept partitions are read meanwhile. */
  async #followGroup(): Promise<void> {
    const { rejoinReason, isCooperative } = this.#membership;
    if (this.#joining === null && rejoinReason !== null) await this.#startJoin();
    if (this.#joining !== null && (!isCooperative || this.#owned.size === 0)) await this.#joining;
    if (this.#joinError !== null) await this.#onJoinError();
    if (this.#joined !== null && !this.#closed) await this.#takeOver(this.#joined);
  }

  /** Does what has to be done before the member may join (again). */
  async #startJoin(): Promise<void> {
    if (this.#membership.losses !== this.#lossesSeen) await this.#lose();
    if (this.#owned.size > 0) {
      await this.#commits.commitLast();
      if (!this.#membership.isCooperative) await this.#revoke(this.#owned);
    }
    this.#joining = this.#join().finally(() => {
      this.#joining = null;
      this.#wake();
    });
  }

  async #join(): Promise<void> {
    try {
      this.#joined = await this.#membership.join({
        metadataFor: (assignor) => this.#subscription(assignor),
        assign: (assignor, members) => this.#leader.assign(assignor, members),
      });
    } catch (error) {
      this.#joinError = error;
    }
  }

  #subscription(assignor: Assignor): Uint8Array {
    const { generationId, losses } = this.#membership;
    return encodeSubscription({
      topics: new Set(this.#options.topics),
      userData: assignor.userData(generationId),
      // What was lost while joining may be another's by now.
      owned: losses === this.#lossesSeen ? this.#owned : NOTHING,
      generationId,
      rackId: this.#options.rackId,
    });
  }

  /** Nobody to ask is a failure at first; later, brokers may come back. */
  async #onJoinError(): Promise<void> {
    const error = this.#joinError;
    this.#joinError = null;
    if (this.#closed) return;
    const patienceMs = this.#options.fetcher.patienceMs ?? defaultFetcherOptions.patienceMs;
    this.#failingSinceMs ??= this.#nowMs();
    const isPatient = this.#hasJoined && this.#nowMs() - this.#failingSinceMs < patienceMs;
    const mayPass = error instanceof UnreachableError || (error instanceof BrokerError && error.retriable);
    if (!mayPass || !isPatient) throw error;
    this.#cluster.options.logger.warn("could not join the group", { reason: messageOf(error) });
    this.#membership.requestRejoin("the coordinator did not answer");
    await this.#cluster.options.timers.sleep(REJOIN_BACKOFF_MS);
  }

  /** A new generation: gives up what is not the member's any more and begins with what is new. */
  async #takeOver({ isLeader, assignor, losses, ...joined }: Joined): Promise<void> {
    this.#joined = null;
    this.#failingSinceMs = null;
    this.#hasJoined = true;
    this.#isLeader = isLeader;
    this.#topicsDueMs = isLeader ? this.#nowMs() + this.#options.metadataMaxAgeMs : Infinity;
    this.#commits.restart();
    if (losses !== this.#lossesSeen) await this.#lose();
    this.#lossesSeen = losses;
    const assigned = await this.#existing(joined.assigned);
    this.#cluster.options.logger.debug("joined the group", {
      generation: this.#membership.generationId,
      assignor: assignor.name,
      isLeader,
      partitions: countPartitions(assigned),
    });
    const revoked = minus(this.#owned, assigned);
    if (revoked.size > 0) {
      await this.#commits.commitLast();
      await this.#revoke(revoked);
      // Their new owners get them in the next rebalance (KIP-429).
      this.#membership.requestRejoin("partitions were given up");
    }
    const added = minus(assigned, this.#owned);
    await this.#begin(flatten(added));
    this.#owned = assigned;
    await this.#listener.onAssigned?.(added);
  }

  /** Reads partitions from where the group stands, or from where the options say when it has not been there. */
  async #begin(places: readonly TopicPartition[]): Promise<void> {
    if (places.length === 0) return;
    const committed = new Map((await this.#fetchOffsets(places)).map((one) => [keyOf(one), one.offset]));
    const unknown = places.filter((place) => !committed.has(keyOf(place)));
    const { startAt, fetcher: { isolation } } = this.#options;
    const points = unknown.length === 0
      ? []
      : await startingPoints(this.#cluster, unknown, startAt, isolation);
    const starts = new Map(points.map((one) => [keyOf(one), one.offset]));
    for (const place of places) {
      const known = committed.get(keyOf(place));
      const offset = known ?? starts.get(keyOf(place)) ?? 0;
      this.#positions.start(place, offset, known ?? -1);
      this.#fetcher.add(place, offset);
    }
  }

  /** A leader may be any program, and may know less or more of the topics than there is. */
  async #existing(assigned: TopicPartitions): Promise<TopicPartitions> {
    const existing = new Map<string, readonly number[]>();
    for (const [topic, partitions] of assigned) {
      if (!this.#options.topics.includes(topic)) continue;
      const exists = (index: number) => this.#cluster.known(topic)?.partitions[index] !== undefined;
      if (!partitions.every(exists)) await this.#cluster.refresh([topic]);
      const found = partitions.filter(exists);
      if (found.length > 0) existing.set(topic, found);
    }
    return existing;
  }

  async #revoke(partitions: TopicPartitions): Promise<void> {
    await this.#listener.onRevoked?.(partitions);
    this.#drop(partitions);
  }

  /** The member was thrown out: what it had is gone, and so is the chance to commit. */
  async #lose(): Promise<void> {
    this.#lossesSeen = this.#membership.losses;
    const lost = this.#owned;
    this.#drop(lost);
    if (lost.size > 0) await this.#listener.onLost?.(lost);
  }

  #drop(partitions: TopicPartitions): void {
    this.#owned = minus(this.#owned, partitions);
    for (const place of flatten(partitions)) {
      this.#positions.stop(place);
      this.#fetcher.remove(place);
    }
  }

  get #isMember(): boolean {
    return this.#membership.generationId !== NO_GENERATION && this.#membership.losses === this.#lossesSeen;
  }

  #fetchOffsets(places: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const timeoutMs = this.#cluster.options.requestTimeoutMs;
    return fetchOffsets(this.#cluster, this.#coordinator, this.#options.groupId, places, { timeoutMs });
  }

  /** Has the leader look for new partitions if it is time. Returns when it is time again. */
  #watchTopicsIfDue(): number {
    if (this.#nowMs() < this.#topicsDueMs) return this.#topicsDueMs;
    this.#topicsDueMs = this.#nowMs() + this.#options.metadataMaxAgeMs;
    void this.#leader.whatChanged().then((change) => {
      if (change !== null && this.#isLeader) this.#membership.requestRejoin(change);
    });
    return this.#topicsDueMs;
  }

  /** The next records that were fetched, or null when there is something else to do first. */
  async #read(): Promise<FetchedRecords | null> {
    if (this.#ready === null && this.#readError === null) {
      this.#fetchNext();
      const { rejoinReason, failure } = this.#membership;
      const mustAct = (rejoinReason !== null && this.#joining === null) || failure !== null ||
        this.#joined !== null || this.#joinError !== null;
      this.#isIdle = true;
      if (!mustAct && !this.#closed) await new Promise<void>((resolve) => this.#wake = resolve);
      this.#isIdle = false;
      this.#wake = () => {};
    }
    if (this.#readError !== null) throw this.#readError;
    const fetched = this.#ready;
    this.#ready = null;
    return fetched;
  }

  /** Asks the fetcher, at most once at a time; the answer wakes {@link #read}. */
  #fetchNext(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#fetcher.next().then(
      (fetched) => this.#ready = fetched,
      (error) => this.#readError = error,
    ).finally(() => {
      this.#isReading = false;
      this.#wake();
    });
  }

  /** One timer, at the earliest of what is due; what is due later asks again. */
  #wakeAt(dueMs: number): void {
    if (dueMs >= this.#wakeAtMs || this.#closed) return;
    this.#wakeTimer?.cancel();
    this.#wakeAtMs = dueMs;
    this.#wakeTimer = this.#cluster.options.timers.after(Math.max(0, dueMs - this.#nowMs()), () => {
      this.#wakeAtMs = Infinity;
      this.#wake();
    });
  }

  #nowMs(): number {
    return this.#cluster.options.clock.monotonicMs();
  }
}
