/**
 * Which replicas to move so that every broker has its share, and to empty a broker. Pure and deterministic: the same
 * cluster gives the same plan, whatever the order of its lists. Moves are single replicas from a fuller broker to an
 * emptier one, so that as few as possible move: when one broker joins n others it gets its 1/(n+1) and nobody else
 * gets anything. No partition ends with its replicas closer together (racks first, then hosts) than they were, and
 * none with more or fewer replicas.
 */

import { BalanceState, type Candidate, loadOf, type PlannedPartition } from "./balance_state.ts";

/** A broker that may have replicas. */
export interface BalanceBroker {
  readonly id: number;
  /** The failure domain that comes first; null: unknown, then the host is all there is. */
  readonly rack: string | null;
  /** Brokers with the same host fail together. */
  readonly host: string;
  /** A broker that is down keeps what it has and gets nothing: it may come back. */
  readonly isAlive: boolean;
  /** Its share in relation to the others; 1 when it is not given, 0 to have everything moved away. */
  readonly weight?: number;
}

/** A partition, and where its replicas are or, when it is being reassigned, will be. */
export interface BalancePartition {
  readonly topic: string;
  readonly index: number;
  /** The preferred leader first. Ids that are not among the brokers are replaced: those are gone for good. */
  readonly replicas: readonly number[];
  /** The size of one replica, when it is known: then bytes are evened out where there is a choice. */
  readonly sizeBytes?: number;
  /** It counts, but is left where it is. */
  readonly isFixed?: boolean;
}

/** What a plan is made for. */
export interface BalanceInput {
  readonly brokers: readonly BalanceBroker[];
  readonly partitions: readonly BalancePartition[];
}

/** New replicas for one partition. Only their order differs when just the preferred leader changes. */
export interface PartitionMove {
  readonly topic: string;
  readonly index: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly sizeBytes?: number;
}

export interface BalanceOptions {
  /** At most so many partitions are touched; the rest is found by the next plan. */
  readonly maxMoves?: number;
  /** False leaves alone who is the preferred leader where no replica moves. */
  readonly balanceLeaders?: boolean;
}

/** The replicas of a move that have to be copied. */
export function addedReplicas({ from, to }: PartitionMove): readonly number[] {
  return to.filter((id) => !from.includes(id));
}

/** What evens out the cluster; empty when there is nothing to gain. */
export function planBalance(cluster: BalanceInput, options: BalanceOptions = {}): readonly PartitionMove[] {
  const state = new BalanceState(cluster);
  for (const partition of state.partitions) evacuate(state, partition, (id) => state.isLeaving(id));
  // Moving for the sake of evenness can open a way to spread better; that happens only so often.
  spreadAllOut(state);
  do {
    evenReplicas(state);
  } while (spreadAllOut(state));
  if (options.balanceLeaders !== false) evenLeaders(state);
  return movesOf(state).slice(0, options.maxMoves);
}

/**
 * What moves every replica off a broker, and nothing else. A partition stays where no other broker can take it:
 * with as many replicas as there are live brokers there is nowhere to go.
 */
export function planDrain(cluster: BalanceInput, brokerId: number): readonly PartitionMove[] {
  const brokers = cluster.brokers.map((broker) => broker.id === brokerId ? { ...broker, weight: 0 } : broker);
  const state = new BalanceState({ ...cluster, brokers });
  for (const partition of state.partitions) evacuate(state, partition, (id) => id === brokerId);
  return movesOf(state);
}

/**
 * What gives each partition of the named topics as many replicas as it says there, without moving those it has. A
 * partition gets fewer when there are not so many live brokers.
 */
export function planGrowth(
  cluster: BalanceInput,
  factors: ReadonlyMap<string, number>,
): readonly PartitionMove[] {
  const state = new BalanceState(cluster);
  for (const partition of state.partitions) {
    const factor = factors.get(partition.source.topic) ?? 0;
    while (partition.source.isFixed !== true && partition.replicas.length < factor) {
      const best = bestOf(candidates(state, partition, NOBODY));
      if (best === null) break;
      state.add(partition, best.to);
    }
  }
  return movesOf(state);
}

/** Stands for the replica that a new one takes the place of, when it takes none. */
const NOBODY = -1;

function movesOf(state: BalanceState): PartitionMove[] {
  return state.partitions
    .filter(({ source, replicas }) => replicas.join() !== source.replicas.join())
    .map(({ source, replicas }) => ({
      topic: source.topic,
      index: source.index,
      from: source.replicas,
      to: [...replicas],
      ...(source.sizeBytes === undefined ? {} : { sizeBytes: source.sizeBytes }),
    }));
}

/** Replaces the replicas of a partition that must go by the ones that spread it best, of these the emptiest. */
function evacuate(state: BalanceState, partition: PlannedPartition, mustGo: (id: number) => boolean): void {
  if (partition.source.isFixed === true) return;
  for (const from of partition.replicas.filter(mustGo)) {
    const best = bestOf(candidates(state, partition, from));
    if (best !== null) state.move(partition, best);
  }
}

/** Takes replicas apart that are closer together than they need to be; false when there are none. */
function spreadAllOut(state: BalanceState): boolean {
  let hasMoved = false;
  for (const partition of state.partitions) {
    if (partition.source.isFixed === true || state.isSpread(partition)) continue;
    if (spreadOut(state, partition)) hasMoved = true;
  }
  return hasMoved;
}

function spreadOut(state: BalanceState, partition: PlannedPartition): boolean {
  for (let hasMoved = false;; hasMoved = true) {
    const all = partition.replicas.filter((id) => state.isReceiver(id))
      .flatMap((from) => candidates(state, partition, from))
      .filter(({ rackCrowding, hostCrowding }) =>
        rackCrowding < 0 || (rackCrowding === 0 && hostCrowding < 0)
      );
    const best = bestOf(all);
    if (best === null) return hasMoved;
    state.move(partition, best);
  }
}

function candidates(state: BalanceState, partition: PlannedPartition, from: number): Candidate[] {
  return state.receivers
    .filter(({ id }) => !partition.replicas.includes(id))
    .map(({ id }) => state.candidate(partition, from, id));
}

/** The best spread first, then the emptiest broker, then the broker with the least of the topic, then ids. */
function bestOf(all: readonly Candidate[]): Candidate | null {
  let best: Candidate | null = null;
  for (const one of all) if (best === null || isBetter(one, best)) best = one;
  return best;
}

function isBetter(one: Candidate, other: Candidate): boolean {
  const byRack = one.rackCrowding - other.rackCrowding;
  if (byRack !== 0) return byRack < 0;
  const byHost = one.hostCrowding - other.hostCrowding;
  if (byHost !== 0) return byHost < 0;
  const byLoad = one.loadAfter - other.loadAfter;
  if (byLoad !== 0) return byLoad < 0;
  return one.ofTopic < other.ofTopic;
}

/** Moves replicas from fuller brokers to emptier ones as long as that evens them out. */
function evenReplicas(state: BalanceState): void {
  /** Pairs between which nothing can move without harm; looked at again once everything else has moved. */
  const stuck = new Set<number>();
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false;
    stuck.clear();
    while (moveOne(state, stuck)) hasMoved = true;
  }
}

function moveOne(state: BalanceState, stuck: Set<number>): boolean {
  const byLoad = [...state.receivers].sort((left, right) =>
    loadOf(left, left.replicas) - loadOf(right, right.replicas) || left.id - right.id
  );
  const count = byLoad.length;
  for (let low = 0; low < count; low++) {
    const to = byLoad[low]!;
    for (let high = count - 1; high > low; high--) {
      const from = byLoad[high]!;
      // Equal or worse afterwards: so it is for everybody who has less.
      if (loadOf(from, from.replicas) <= loadOf(to, to.replicas + 1)) break;
      const pair = from.slot * count + to.slot;
      if (stuck.has(pair)) continue;
      const found = state.bestToMove(from, to);
      if (found !== null) {
        state.move(found.partition, found.candidate);
        return true;
      }
      stuck.add(pair);
    }
  }
  return false;
}

/** Swaps preferred leaders with other replicas of their partitions until leaderships are even too. */
function evenLeaders(state: BalanceState): void {
  for (let hasSwapped = true; hasSwapped;) {
    hasSwapped = false;
    for (const partition of state.partitions) {
      if (partition.source.isFixed !== true && state.improveLeader(partition)) hasSwapped = true;
    }
  }
}
