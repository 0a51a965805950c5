/**
 * Commits, deletes and looks up offsets in a group without members, as tools do and consumers that assign themselves
 * their partitions.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { offsetCommit } from "../../protocol/messages/08_offset_commit.ts";
import { offsetFetch } from "../../protocol/messages/09_offset_fetch.ts";
import { offsetDelete } from "../../protocol/messages/47_offset_delete.ts";
import { KeptOffset, NONE } from "../model/kept_offset.ts";
import type { Moment } from "../model/partition_history.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import type { Client, ClientOptions } from "./client_context.ts";
import { Session } from "./session.ts";

const GROUP = "keeper";

export class OffsetKeeper implements Client {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #session: Session;
  /** By topic id and partition. */
  readonly #kept = new Map<string, KeptOffset>();
  /** How many processes had ended when the coordinator last answered while a topic was there, by topic id. */
  readonly #answeredAt = new Map<string, number>();
  #next = 0;
  /** The last round in which that went well. */
  #toldIn = -1;

  constructor(options: ClientOptions) {
    this.name = options.name;
    this.#options = options;
    this.#session = new Session(options);
  }

  get isSettled(): boolean {
    return this.#toldIn === this.#options.context.round;
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    while (context.phase !== "over") {
      await this.#act(prng.pick(context.topics.present()));
      await platform.timers.sleep(context.pace * prng.below(300));
    }
    this.#session.close();
  }

  async #act(topic: KnownTopic): Promise<void> {
    const { context, prng } = this.#options;
    const partition = prng.below(topic.partitions);
    const kept = this.#keptOf(topic, partition);
    const since = context.now();
    const isAsked = this.#isCurrent;
    const dice = prng.next();
    const answered = dice < 0.4 || context.phase !== "faults"
      ? await this.#look(topic, partition, (offset) => {
        // Who coordinated the group before, and does not know it yet, tells what was there until then.
        if (isAsked && this.#isCurrent) kept.onTold(offset, since);
      })
      : await this.#change(topic, partition, {
        kept,
        since,
        isAsked,
        offset: dice < 0.55 ? NONE : ++this.#next,
      });
    if (!answered) return;
    for (const { id } of context.topics.present()) this.#answeredAt.set(id, since.ends);
    if (context.phase !== "faults") this.#toldIn = context.round;
  }

  get #isCurrent(): boolean {
    return this.#options.context.cluster.isCoordinator(this.#session.coordinatorId, GROUP);
  }

  #keptOf(topic: KnownTopic, partition: number): KeptOffset {
    const { context } = this.#options;
    const key = `${topic.id}-${partition}`;
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      const { plan } = context.cluster;
      const mayBeLost = (since: Moment) =>
        !context.isDurable(plan) && since.powerCuts < context.now().powerCuts;
      const former = this.#formerOf(topic, partition);
      const label = `${GROUP} ${topic.name}-${partition}`;
      kept = new KeptOffset(label, context.world.findings, { mayBeLost, since: context.now(), former });
      this.#kept.set(key, kept);
    }
    return kept;
  }

  /**
   * What may be there from former topics of the same name. A coordinator removes the offsets of a topic when it hears
   * that the topic is deleted: one that is not there just then, or still loads them, does not.
   */
  #formerOf({ formerIds }: KnownTopic, partition: number): { tried: Set<number>; left: Set<number> } {
    const { cluster } = this.#options.context;
    const tried = new Set<number>();
    const left = new Set<number>();
    for (const id of formerIds) {
      const heard = cluster.plan.nodes.length === 1 && this.#answeredAt.get(id) === cluster.now().ends;
      const former = this.#kept.get(`${id}-${partition}`);
      for (const offset of former?.tried ?? []) tried.add(offset);
      for (const offset of (heard ? former?.open : former?.tried) ?? []) left.add(offset);
    }
    return { tried, left };
  }

  /** Looks an offset up; whether there was an answer. */
  async #look(
    { name, id }: KnownTopic,
    partition: number,
    onTold: (offset: number) => void,
  ): Promise<boolean> {
    const topics = [{ name, topicId: id, partitionIndexes: [partition] }];
    const response = await this.#session.sendToCoordinator(GROUP, offsetFetch, {
      groupId: GROUP,
      topics,
      groups: [{ groupId: GROUP, topics }],
      requireStable: true,
    });
    const group = response?.groups[0];
    const answer = group?.topics[0]?.partitions[0];
    if (group?.errorCode !== ErrorCode.NONE || answer?.errorCode !== ErrorCode.NONE) {
      this.#session.forgetCoordinator();
      return false;
    }
    this.#options.context.note(this.name, "looks up", `${name}-${partition}`, answer.committedOffset);
    onTold(answer.committedOffset);
    return true;
  }

  /** Commits an offset, or deletes it; whether that was acknowledged. */
  async #change(
    topic: KnownTopic,
    partition: number,
    change: {
      readonly kept: KeptOffset;
      readonly since: Moment;
      /** Whether who was asked coordinated the group then. */
      readonly isAsked: boolean;
      readonly offset: number;
    },
  ): Promise<boolean> {
    const { context } = this.#options;
    const { kept, since, isAsked, offset } = change;
    kept.onTried(offset);
    const code = offset === NONE
      ? await this.#delete(topic, partition)
      : await this.#commit(topic, partition, offset);
    context.note(this.name, "keeps", `${topic.name}-${partition}`, offset, code);
    // Where there is nothing to delete nothing is written, and who coordinated the group before would not notice.
    if (code === ErrorCode.NONE && (offset !== NONE || (isAsked && this.#isCurrent))) {
      kept.onAcked(offset, since);
      context.world.onTold("committed");
      return true;
    }
    kept.onUnknown(offset);
    this.#session.forgetCoordinator();
    return false;
  }

  async #commit({ name, id }: KnownTopic, partitionIndex: number, committedOffset: number): Promise<number> {
    const partitions = [{ partitionIndex, committedOffset, committedMetadata: this.name }];
    const response = await this.#session.sendToCoordinator(GROUP, offsetCommit, {
      groupId: GROUP,
      memberId: "",
      generationIdOrMemberEpoch: -1,
      topics: [{ name, topicId: id, partitions }],
    });
    return response?.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
  }

  /** The API does not know topic ids. */
  async #delete({ name }: KnownTopic, partitionIndex: number): Promise<number> {
    const response = await this.#session.sendToCoordinator(GROUP, offsetDelete, {
      groupId: GROUP,
      topics: [{ name, partitions: [{ partitionIndex }] }],
    });
    if (response === null || response.errorCode !== ErrorCode.NONE) return ErrorCode.UNKNOWN_SERVER_ERROR;
    return response.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
  }
}
