/** A member of a consumer group: joins, takes what it is assigned, reads, commits, and sometimes leaves. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { heartbeat } from "../../protocol/messages/12_heartbeat.ts";
import { leaveGroup } from "../../protocol/messages/13_leave_group.ts";
import { offsetCommit } from "../../protocol/messages/08_offset_commit.ts";
import { offsetFetch } from "../../protocol/messages/09_offset_fetch.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import type { Client, ClientOptions } from "./client_context.ts";
import { GroupMembership } from "./group_membership.ts";
import { PartitionReader } from "./partition_reader.ts";
import { Session } from "./session.ts";

export class GroupMember implements Client {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #session: Session;
  readonly #topic: KnownTopic;
  readonly #membership: GroupMembership;
  #readers: PartitionReader[] = [];
  /** What is committed as far as this member knows, by partition. */
  readonly #committed = new Map<number, number>();
  /** The last round in which that went well. */
  #committedIn = -1;
  /** Whether it will be gone one day without a word: the others must find out. */
  readonly #isMortal: boolean;
  #isGone = false;

  constructor(
    options: ClientOptions,
    groupId: string,
    { topic, isMortal }: { readonly topic: KnownTopic; readonly isMortal: boolean },
  ) {
    this.name = options.name;
    this.#options = options;
    this.#session = new Session(options);
    this.#topic = topic;
    this.#isMortal = isMortal;
    this.#membership = new GroupMembership(options, this.#session, { groupId, topic });
  }

  /** A member without a partition has nothing to do once it knows that. */
  get isSettled(): boolean {
    const { phase } = this.#options.context;
    if (this.#isGone) return true;
    if (!this.#membership.isStable) return false;
    if (phase === "healed") {
      return this.#readers.length === 0 || this.#committedIn === this.#options.context.round;
    }
    return this.#readers.every(({ partition, position, history }) =>
      position >= history.acknowledgedEnd && this.#committed.get(partition) === position
    );
  }

  /** The partitions of a topic that this member reads. */
  readsFrom(topic: KnownTopic): number[] {
    const isReading = topic === this.#topic && this.#membership.isStable && !this.#isGone;
    return isReading ? this.#readers.map(({ partition }) => partition) : [];
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    while (context.phase !== "over" && !this.#isGone) {
      if (!this.#membership.isStable) {
        this.#readers = [];
        const partitions = await this.#membership.join();
        if (partitions !== null) await this.#takeUp(partitions);
      } else {
        await this.#work();
        this.#isGone = this.#isMortal && (context.isOver || prng.chance(0.005));
      }
      await platform.timers.sleep(20 + Math.min(context.pace, 3) * prng.below(300));
    }
    this.#session.close();
  }

  /** Reads on from where the group has committed. */
  async #takeUp(partitions: readonly number[]): Promise<void> {
    if (partitions.length === 0) return;
    const { context } = this.#options;
    const { groupId } = this.#membership;
    const { name, id } = this.#topic;
    const since = context.now();
    const floors = new Map(
      partitions.map((partition) => [partition, context.offsets.floorOf(this.#key(partition))]),
    );
    const topics = [{ name, topicId: id, partitionIndexes: [...partitions] }];
    const isAsked = context.cluster.isCoordinator(this.#session.coordinatorId, groupId);
    const response = await this.#session.sendToCoordinator(groupId, offsetFetch, {
      groupId,
      topics,
      groups: [{ groupId, topics }],
      requireStable: true,
    });
    const group = response?.groups[0];
    if (group === undefined || group.errorCode !== ErrorCode.NONE) return this.#loseCoordinator();
    // Who coordinated the group before, and does not know it yet, tells what was committed until then.
    const isCurrent = isAsked && context.cluster.isCoordinator(this.#session.coordinatorId, groupId);
    for (const { partitionIndex, committedOffset, errorCode } of group.topics[0]?.partitions ?? []) {
      if (errorCode !== ErrorCode.NONE) return this.#loseCoordinator();
      context.note(this.name, "resumes", partitionIndex, committedOffset);
      const floor = isCurrent ? floors.get(partitionIndex)! : -1;
      context.offsets.onFetched(this.#key(partitionIndex), committedOffset, { floor, since });
      this.#committed.set(partitionIndex, committedOffset);
      const place = { topic: this.#topic, partition: partitionIndex, position: Math.max(0, committedOffset) };
      this.#readers.push(new PartitionReader(context, this.#session, place));
    }
  }

  #loseCoordinator(): void {
    this.#session.forgetCoordinator();
    this.#membership.lose();
  }

  async #work(): Promise<void> {
    const { context, prng } = this.#options;
    for (const reader of this.#readers) {
      const { resets } = reader;
      await reader.poll({ maxWaitMs: prng.pick([0, 50, 300]), maxBytes: prng.pick([300, 5000, 1_000_000]) });
      // What was committed lies behind the end of a log that was cut.
      if (reader.resets > resets) context.offsets.onReset(this.#key(reader.partition));
    }
    if (prng.chance(0.5)) await this.#commit();
    await this.#heartbeat();
    if (context.phase === "faults" && prng.chance(0.01)) await this.#leave();
  }

  #key(partition: number): string {
    return `${this.#membership.groupId} ${this.#topic.name}-${partition}`;
  }

  async #commit(): Promise<void> {
    const { context } = this.#options;
    const { groupId, memberId, generation } = this.#membership;
    if (this.#readers.length === 0) return;
    const since = context.now();
    const positions = this.#readers.map(({ partition, position }) => ({ partition, position }));
    for (const { partition, position } of positions) context.offsets.onTried(this.#key(partition), position);
    const response = await this.#session.sendToCoordinator(groupId, offsetCommit, {
      groupId,
      memberId,
      generationIdOrMemberEpoch: generation,
      topics: [{
        name: this.#topic.name,
        topicId: this.#topic.id,
        partitions: positions.map(({ partition, position }) => ({
          partitionIndex: partition,
          committedOffset: position,
          committedMetadata: this.name,
        })),
      }],
    });
    for (const { partitionIndex, errorCode } of response?.topics[0]?.partitions ?? []) {
      context.note(this.name, "committed", partitionIndex, errorCode);
      if (errorCode !== ErrorCode.NONE) {
        this.#membership.onError(errorCode);
        continue;
      }
      const { position } = positions.find(({ partition }) => partition === partitionIndex)!;
      context.offsets.onAcked(this.#key(partitionIndex), position, since);
      this.#committed.set(partitionIndex, position);
      context.world.onTold("committed");
      if (context.phase === "healed") this.#committedIn = context.round;
    }
  }

  async #heartbeat(): Promise<void> {
    const { groupId, memberId, generation } = this.#membership;
    const request = { groupId, memberId, generationId: generation };
    const response = await this.#session.sendToCoordinator(groupId, heartbeat, request);
    if (response !== null) this.#membership.onError(response.errorCode);
  }

  async #leave(): Promise<void> {
    const { groupId, memberId } = this.#membership;
    await this.#session.sendToCoordinator(groupId, leaveGroup, {
      groupId,
      memberId,
      members: [{ memberId }],
    });
    this.#membership.lose();
  }
}
