/**
 * Where the replicas of new partitions go: in turn over the racks, and within each rack in turn over its brokers, so
 * that load and failure domains are spread evenly. Follows the rules that Kafka states for its striped placement;
 * pure, with the random choice of where to begin given from outside.
 */

import type { NodeId } from "../core/ids.ts";

/** A broker that may get replicas. */
export interface PlacementBroker {
  readonly id: NodeId;
  readonly rack: string | null;
  /** A fenced broker gets replicas only when there are not enough others, and never the first one. */
  readonly fenced: boolean;
}

/** A whole number in [0, bound). */
export type RandomBelow = (bound: number) => number;

/** The replicas of each partition, the preferred leader first; or why that many cannot be placed. */
export type Placement =
  | { readonly ok: true; readonly partitions: readonly (readonly NodeId[])[] }
  | { readonly ok: false; readonly problem: string };

/** Places `count` partitions of `replicationFactor` replicas each. */
export function placeReplicas(
  brokers: readonly PlacementBroker[],
  want: { readonly count: number; readonly replicationFactor: number },
  random: RandomBelow,
): Placement {
  const { count, replicationFactor } = want;
  const unable = (why: string): Placement => ({
    ok: false,
    problem: `Unable to replicate the partition ${replicationFactor} time(s): ${why}`,
  });
  if (brokers.length === 0) {
    return unable("No brokers are registered, or all of them have all their log directories cordoned.");
  }
  if (brokers.every((broker) => broker.fenced)) return unable("All brokers are currently fenced.");
  if (replicationFactor > brokers.length) {
    return unable(
      `The target replication factor of ${replicationFactor} cannot be reached because only ` +
        `${brokers.length} broker(s) are registered or some brokers have all their log directories cordoned.`,
    );
  }
  const racks = new RackList(brokers, random);
  return { ok: true, partitions: Array.from({ length: count }, () => racks.place(replicationFactor)) };
}

/** The brokers of one rack in the order in which they take turns. */
class Rack {
  readonly #unfenced: NodeId[];
  readonly #fenced: NodeId[];

  constructor(brokers: readonly PlacementBroker[]) {
    this.#unfenced = brokers.filter((one) => !one.fenced).map((one) => one.id);
    this.#fenced = brokers.filter((one) => one.fenced).map((one) => one.id);
  }

  get hasUnfenced(): boolean {
    return this.#unfenced.length > 0;
  }

  shuffle(random: RandomBelow): void {
    shuffle(this.#unfenced, random);
    shuffle(this.#fenced, random);
  }

  /** The brokers in the order of their `turn`. */
  inTurn(turn: number): { readonly unfenced: readonly NodeId[]; readonly fenced: readonly NodeId[] } {
    return { unfenced: rotated(this.#unfenced, turn), fenced: rotated(this.#fenced, turn) };
  }
}

class RackList {
  readonly #racks: Rack[];
  readonly #random: RandomBelow;
  readonly #unfencedCount: number;
  /** Partitions placed since the last shuffle. */
  #placed = 0;

  constructor(brokers: readonly PlacementBroker[], random: RandomBelow) {
    const byRack = new Map<string | null, PlacementBroker[]>();
    for (const broker of brokers) {
      const rack = byRack.get(broker.rack) ?? [];
      rack.push(broker);
      byRack.set(broker.rack, rack);
    }
    this.#racks = [...byRack.values()].map((members) => new Rack(members));
    this.#random = random;
    this.#unfencedCount = brokers.filter((one) => !one.fenced).length;
    this.#shuffle();
  }

  /** One partition: a replica from each rack in turn, unfenced brokers first, until there are enough. */
  place(replicationFactor: number): NodeId[] {
    // Once each broker has led, another order keeps the same brokers from always meeting.
    if (this.#placed === this.#unfencedCount) this.#shuffle();
    const racks = rotated(this.#racks, this.#placed);
    // The first replica must be one that can lead.
    while (!racks[0]!.hasUnfenced) racks.push(racks.shift()!);
    const turn = Math.floor(this.#placed / racks.length);
    this.#placed++;
    const lists = racks.map((rack) => rack.inTurn(turn));
    const chosen: NodeId[] = [];
    for (const kind of ["unfenced", "fenced"] as const) {
      const longest = Math.max(...lists.map((list) => list[kind].length));
      for (let round = 0; round < longest && chosen.length < replicationFactor; round++) {
        const ofRound = lists.flatMap((list) => list[kind].slice(round, round + 1));
        chosen.push(...ofRound.slice(0, replicationFactor - chosen.length));
      }
    }
    return chosen;
  }

  #shuffle(): void {
    this.#placed = 0;
    shuffle(this.#racks, this.#random);
    for (const rack of this.#racks) rack.shuffle(this.#random);
  }
}

/** A copy of `items` that begins `by` places further on. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const from = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}

function shuffle(items: unknown[], random: RandomBelow): void {
  for (let index = items.length - 1; index > 0; index--) {
    const other = random(index + 1);
    [items[index], items[other]] = [items[other], items[index]];
  }
}
