/**
 * Balances partitions over members while moving as few as possible (KIP-54):
 * first everybody keeps what they had, as far as that is fair, then what is left is dealt out to those who have least.
 */

import { NOBODY, type Ownership } from "./ownership.ts";

/** The new owner of every partition, by number, as the rank of the member. */
export type Owners = Int32Array;

/** For members that all subscribe to the same topics: nobody has two more than another, and the fewest moves. */
export function balanceEqual(ownership: Ownership): Owners {
  const { members, previous, partitionCount } = ownership;
  const owners: Owners = new Int32Array(partitionCount).fill(NOBODY);
  const fair = Math.floor(partitionCount / members.length);
  /** So many members have one more than the fair number. */
  let extras = partitionCount % members.length;
  const loads = new Int32Array(members.length);
  for (let number = 0; number < partitionCount; number++) {
    const rank = previous[number]!;
    if (rank < 0) continue;
    if (loads[rank]! > fair || (loads[rank] === fair && extras === 0)) continue;
    if (loads[rank] === fair) extras--;
    loads[rank]!++;
    owners[number] = rank;
  }
  dealOut(owners, loads, fair, extras);
  return owners;
}

/** Deals partitions without owner to members in turn, until each has its fair number and the first ones one more. */
function dealOut(owners: Owners, loads: Int32Array, fair: number, extras: number): void {
  const targets = loads.map((load) => Math.max(load, fair));
  for (let rank = 0, left = extras; left > 0; rank++) {
    if (targets[rank] !== fair) continue;
    targets[rank] = fair + 1;
    left--;
  }
  let turn = 0;
  for (let number = 0; number < owners.length; number++) {
    if (owners[number] !== NOBODY) continue;
    while (loads[turn]! >= targets[turn]!) turn = (turn + 1) % loads.length;
    owners[number] = turn;
    loads[turn]!++;
    turn = (turn + 1) % loads.length;
  }
}

/**
 * For members whose subscriptions differ: in the end no partition could go to a member that has at least two fewer
 * than its owner.
 */
export function balanceUnequal(ownership: Ownership): Owners {
  const { members, previous, topics } = ownership;
  const owners: Owners = previous.map((rank) => Math.max(rank, NOBODY));
  const loads = new Int32Array(members.length);
  for (const rank of owners) if (rank !== NOBODY) loads[rank]!++;
  const candidates = candidatesByTopic(ownership);
  // Those that few members may have are given away first, while the others can still make up for it.
  const numbers = Array.from(owners, (_, number) => number);
  numbers.sort((a, b) => candidates.get(topics[a]!)!.length - candidates.get(topics[b]!)!.length || a - b);
  for (const number of numbers) {
    if (owners[number] !== NOBODY) continue;
    const rank = leastLoaded(candidates.get(topics[number]!)!, loads);
    owners[number] = rank;
    loads[rank]!++;
  }
  // What has moved already moves again rather than what has not.
  numbers.sort((a, b) => isKept(ownership, owners, a) - isKept(ownership, owners, b) || a - b);
  while (improve(ownership, owners, { loads, candidates, numbers })) { /* until nothing gets better */ }
  return owners;
}

function isKept({ previous }: Ownership, owners: Owners, number: number): number {
  return previous[number] === owners[number] ? 1 : 0;
}

/** Moves partitions to where less is; every move makes the loads more equal, so there are not too many. */
function improve(
  { topics, previous }: Ownership,
  owners: Owners,
  work: {
    readonly loads: Int32Array;
    readonly candidates: ReadonlyMap<string, readonly number[]>;
    readonly numbers: readonly number[];
  },
): boolean {
  const { loads, candidates, numbers } = work;
  let moved = false;
  for (const number of numbers) {
    const from = owners[number]!;
    const home = previous[number]!;
    const to = home >= 0 && home !== from && loads[from]! > loads[home]! + 1
      ? home
      : leastLoaded(candidates.get(topics[number]!)!, loads);
    if (loads[from]! <= loads[to]! + 1) continue;
    owners[number] = to;
    loads[from]!--;
    loads[to]!++;
    moved = true;
  }
  return moved;
}

/** The ranks of the members that subscribe to each topic. */
function candidatesByTopic({ members }: Ownership): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [rank, { subscription }] of members.entries()) {
    for (const topic of subscription.topics) {
      const known = found.get(topic);
      if (known === undefined) found.set(topic, [rank]);
      else known.push(rank);
    }
  }
  return found;
}

function leastLoaded(ranks: readonly number[], loads: Int32Array): number {
  let least = ranks[0]!;
  for (const rank of ranks) if (loads[rank]! < loads[least]!) least = rank;
  return least;
}
