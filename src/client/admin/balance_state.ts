/** The cluster while a plan is being made: who has what by now, and what one more move would change. */

import { assert, present } from "../../core/assert.ts";
import type { BalanceBroker, BalanceInput, BalancePartition } from "./balance_plan.ts";

/** A broker with what it has so far. */
export interface PlannedBroker {
  readonly id: number;
  /** Its place among the brokers that take replicas. */
  readonly slot: number;
  readonly weight: number;
  replicas: number;
  leaders: number;
  bytes: number;
  readonly byTopic: Map<string, number>;
  readonly partitions: Set<PlannedPartition>;
}

/** A partition with its replicas so far. */
export interface PlannedPartition {
  readonly source: BalancePartition;
  readonly replicas: number[];
}

/** One replica that could go from one broker to another. */
export interface Candidate {
  readonly from: number;
  readonly to: number;
  /** How much closer together the replicas would be; negative: further apart. */
  readonly rackCrowding: number;
  readonly hostCrowding: number;
  /** The load of the receiver with it. */
  readonly loadAfter: number;
  /** What the receiver has of the topic already. */
  readonly ofTopic: number;
}

/** A broker's load: its replicas, or leaderships, in relation to its weight. */
export function loadOf(broker: Pick<PlannedBroker, "weight">, count: number): number {
  return count / broker.weight;
}

/** Movable partitions that are compared before the best is taken: more would take long and gain little. */
const MOST_COMPARED = 48;

export class BalanceState {
  /** By topic and index. */
  readonly partitions: readonly PlannedPartition[];
  /** Live brokers that are to have something, by id. */
  readonly receivers: readonly PlannedBroker[];
  readonly #brokers = new Map<number, BalanceBroker>();
  readonly #planned = new Map<number, PlannedBroker>();
  readonly #racks = new Domains();
  readonly #hosts = new Domains();
  readonly #isOnePlace: boolean;

  constructor({ brokers, partitions }: BalanceInput) {
    for (const broker of brokers) {
      this.#brokers.set(broker.id, broker);
      this.#racks.set(broker.id, broker.rack === null ? `host ${broker.host}` : `rack ${broker.rack}`);
      this.#hosts.set(broker.id, broker.host);
    }
    this.receivers = brokers
      .filter(({ isAlive, weight = 1 }) => isAlive && weight > 0)
      .sort((left, right) => left.id - right.id)
      .map((broker, slot) => planned(broker, slot));
    for (const receiver of this.receivers) this.#planned.set(receiver.id, receiver);
    this.partitions = partitions
      .map((source) => ({ source, replicas: [...source.replicas] }))
      .sort(({ source: left }, { source: right }) =>
        left.topic < right.topic ? -1 : left.topic > right.topic ? 1 : left.index - right.index
      );
    const ids = this.receivers.map(({ id }) => id);
    this.#isOnePlace = this.#racks.count(ids) <= 1 && this.#hosts.count(ids) <= 1;
    for (const partition of shuffled(this.partitions)) {
      for (const id of partition.replicas) this.#add(partition, id);
      this.#lead(partition.replicas[0], 1);
    }
  }

  /** Whether a broker is alive and to have something. */
  isReceiver(id: number): boolean {
    return this.#planned.has(id);
  }

  /** Whether a broker is gone for good, or is to be emptied. */
  isLeaving(id: number): boolean {
    const broker = this.#brokers.get(id);
    return broker === undefined || broker.weight === 0;
  }

  candidate(partition: PlannedPartition, from: number, to: number): Candidate {
    const receiver = present(this.#planned.get(to), "a broker that takes replicas");
    return {
      from,
      to,
      rackCrowding: this.#racks.crowding(partition.replicas, from, to),
      hostCrowding: this.#hosts.crowding(partition.replicas, from, to),
      loadAfter: loadOf(receiver, receiver.replicas + 1),
      ofTopic: receiver.byTopic.get(partition.source.topic) ?? 0,
    };
  }

  move(partition: PlannedPartition, { from, to }: Pick<Candidate, "from" | "to">): void {
    const at = partition.replicas.indexOf(from);
    assert(at >= 0 && !partition.replicas.includes(to), "a replica moves to a broker that has none");
    partition.replicas[at] = to;
    this.#remove(partition, from);
    this.#add(partition, to);
    if (at !== 0) return;
    this.#lead(from, -1);
    this.#lead(to, 1);
  }

  /** One more replica. */
  add(partition: PlannedPartition, id: number): void {
    partition.replicas.push(id);
    this.#add(partition, id);
  }

  /** What to move from one broker to another: nothing that would be less spread out; null: there is nothing. */
  bestToMove(
    from: PlannedBroker,
    to: PlannedBroker,
  ): { readonly partition: PlannedPartition; readonly candidate: Candidate } | null {
    let best: { partition: PlannedPartition; candidate: Candidate; gain: number; misfit: number } | null =
      null;
    /** The size that evens out bytes when all moves between the two have it. */
    const idealBytes = (from.bytes - to.bytes) / Math.max(1, from.replicas - to.replicas);
    let compared = 0;
    for (const partition of from.partitions) {
      const { source, replicas } = partition;
      // What is refused most often comes first: this runs for every pair of brokers.
      if (this.#racks.crowding(replicas, from.id, to.id) > 0) continue;
      if (source.isFixed === true || replicas.includes(to.id)) continue;
      if (this.#hosts.crowding(replicas, from.id, to.id) > 0) continue;
      const candidate = this.candidate(partition, from.id, to.id);
      const { topic, sizeBytes = 0 } = source;
      // A topic's partitions should be on many brokers, too.
      const gain = (from.byTopic.get(topic) ?? 0) - candidate.ofTopic;
      const misfit = Math.abs(sizeBytes - idealBytes);
      const isBetter = best === null || gain > best.gain || (gain === best.gain && misfit < best.misfit);
      if (isBetter) best = { partition, candidate, gain, misfit };
      if (++compared === MOST_COMPARED) break;
    }
    return best;
  }

  /** Makes another replica the preferred leader when that evens out leaderships. */
  improveLeader({ replicas }: PlannedPartition): boolean {
    const leader = this.#planned.get(replicas[0] ?? -1);
    if (leader === undefined) return false;
    let best = 0;
    let least = loadOf(leader, leader.leaders);
    for (let at = 1; at < replicas.length; at++) {
      const other = this.#planned.get(replicas[at]!);
      if (other === undefined) continue;
      const load = loadOf(other, other.leaders + 1);
      if (load < least) {
        best = at;
        least = load;
      }
    }
    if (best === 0) return false;
    this.#lead(replicas[0], -1);
    this.#lead(replicas[best], 1);
    [replicas[0], replicas[best]] = [replicas[best]!, replicas[0]!];
    return true;
  }

  /** No two replicas share a rack or a host, or all must share one: they cannot be further apart. */
  isSpread({ replicas }: PlannedPartition): boolean {
    if (this.#isOnePlace) return true;
    return this.#racks.count(replicas) === replicas.length && this.#hosts.count(replicas) === replicas.length;
  }

  #add(partition: PlannedPartition, id: number): void {
    const broker = this.#planned.get(id);
    if (broker === undefined) return;
    const { topic, sizeBytes = 0 } = partition.source;
    broker.replicas++;
    broker.bytes += sizeBytes;
    broker.byTopic.set(topic, (broker.byTopic.get(topic) ?? 0) + 1);
    broker.partitions.add(partition);
  }

  #remove(partition: PlannedPartition, id: number): void {
    const broker = this.#planned.get(id);
    if (broker === undefined) return;
    const { topic, sizeBytes = 0 } = partition.source;
    broker.replicas--;
    broker.bytes -= sizeBytes;
    broker.byTopic.set(topic, (broker.byTopic.get(topic) ?? 0) - 1);
    broker.partitions.delete(partition);
  }

  #lead(id: number | undefined, by: number): void {
    const broker = this.#planned.get(id ?? -1);
    if (broker !== undefined) broker.leaders += by;
  }
}

function planned({ id, weight = 1 }: BalanceBroker, slot: number): PlannedBroker {
  const counts = { replicas: 0, leaders: 0, bytes: 0 };
  return { id, slot, weight, ...counts, byTopic: new Map(), partitions: new Set() };
}

/** Always the same order, but one that mixes topics: whoever looks at the first few sees a sample of all. */
function shuffled(partitions: readonly PlannedPartition[]): PlannedPartition[] {
  const hashed = partitions.map((partition) => ({ partition, hash: hashOf(partition.source) }));
  return hashed.sort((left, right) => left.hash - right.hash).map(({ partition }) => partition);
}

function hashOf({ topic, index }: BalancePartition): number {
  let hash = Math.imul(index + 1, 0x9e3779b1);
  for (let at = 0; at < topic.length; at++) hash = Math.imul(hash ^ topic.charCodeAt(at), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0;
}

/** What fails together: racks, or hosts. Brokers without a rack share one with those on their host. */
class Domains {
  readonly #byName = new Map<string, number>();
  readonly #byBroker = new Map<number, number>();

  set(id: number, name: string): void {
    let domain = this.#byName.get(name);
    if (domain === undefined) this.#byName.set(name, domain = this.#byName.size);
    this.#byBroker.set(id, domain);
  }

  /** Unknown brokers share nothing with anybody. */
  #of(id: number): number {
    return this.#byBroker.get(id) ?? -2 - id;
  }

  count(ids: readonly number[]): number {
    let count = 0;
    for (let at = 0; at < ids.length; at++) {
      const domain = this.#of(ids[at]!);
      let before = 0;
      while (before < at && this.#of(ids[before]!) !== domain) before++;
      if (before === at) count++;
    }
    return count;
  }

  /**
   * How much closer together replicas are when one of them moves: how much the sum of the squares of those that share
   * a domain grows, halved. 0: as well spread as before.
   */
  crowding(replicas: readonly number[], from: number, to: number): number {
    const left = this.#of(from);
    const entered = this.#of(to);
    if (left === entered) return 0;
    let leaving = 0;
    let meeting = 0;
    for (const id of replicas) {
      const domain = this.#of(id);
      if (domain === left) leaving++;
      else if (domain === entered) meeting++;
    }
    return meeting - leaving + 1;
  }
}
