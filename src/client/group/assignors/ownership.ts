/**
 * Who owned which partition before a rebalance, as far as members can be believed: of several that claim one, the one
 * of the newest generation (KIP-792); when two of the same generation do, none.
 */

import { ByteReader } from "../../../core/bytes.ts";
import { NO_GENERATION, type Subscription } from "../consumer_protocol.ts";
import type { AssignorMember, PartitionCounts } from "./assignor.ts";

/** No member. */
export const NOBODY = -1;
/** Several members of one generation. */
export const CONTESTED = -2;

/** All partitions there are to assign, numbered in the order of topics and indexes, and all members by rank. */
export class Ownership {
  readonly members: readonly AssignorMember[];
  /** Topic and index of each partition, by its number. */
  readonly topics: readonly string[];
  readonly indexes: readonly number[];
  /** The rank of the member that had a partition, {@link NOBODY} or {@link CONTESTED}, by its number. */
  readonly previous: Int32Array;

  constructor(
    topics: readonly string[],
    counts: PartitionCounts,
    members: readonly AssignorMember[],
  ) {
    this.members = members;
    const numbers = new Map<string, number>();
    const [topicOf, indexOf]: [string[], number[]] = [[], []];
    for (const topic of topics) {
      numbers.set(topic, topicOf.length);
      for (let index = 0; index < (counts.get(topic) ?? 0); index++) {
        topicOf.push(topic);
        indexOf.push(index);
      }
    }
    this.topics = topicOf;
    this.indexes = indexOf;
    this.previous = new Int32Array(topicOf.length).fill(NOBODY);
    const generations = new Int32Array(topicOf.length).fill(NO_GENERATION - 1);
    for (const [rank, { subscription }] of members.entries()) {
      const generationId = generationOf(subscription);
      for (const [topic, owned] of subscription.owned) {
        const from = numbers.get(topic);
        if (from === undefined || !subscription.topics.has(topic)) continue;
        const count = counts.get(topic) ?? 0;
        for (const index of owned) {
          if (index >= 0 && index < count) this.#claim(from + index, rank, generationId, generations);
        }
      }
    }
  }

  get partitionCount(): number {
    return this.topics.length;
  }

  #claim(number: number, rank: number, generationId: number, generations: Int32Array): void {
    const known = generations[number]!;
    if (generationId < known || this.previous[number] === rank) return;
    this.previous[number] = generationId > known ? rank : CONTESTED;
    generations[number] = generationId;
  }
}

/** Since version 2 of the subscription the generation is a field of it; before, it was the assignor's user data. */
function generationOf({ generationId, userData }: Subscription): number {
  if (generationId >= 0) return generationId;
  return userData === null || userData.length < 4 ? NO_GENERATION : new ByteReader(userData).readInt32();
}
