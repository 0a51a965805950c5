/** Where followers cut their logs: the scenarios of KIP-101 and KIP-279, by epochs and where they end. */

import assert from "node:assert/strict";
import { cutOffset } from "../../../../src/broker/replication/divergence.ts";
import { type EpochEntry, LeaderEpochCache } from "../../../../src/log/leader_epoch_cache.ts";

/** The epochs of a log, as pairs of an epoch and its first offset. */
function epochs(...pairs: [epoch: number, startOffset: number][]): LeaderEpochCache {
  return new LeaderEpochCache(pairs.map(([epoch, startOffset]): EpochEntry => ({ epoch, startOffset })));
}

/** Lets a follower fetch and cut until its leader finds nothing that differs; answers where its log ends. */
function reconcile(
  leader: { readonly cache: LeaderEpochCache; readonly endOffset: number },
  follower: { readonly cache: LeaderEpochCache; endOffset: number },
): { readonly endOffset: number; readonly rounds: number } {
  for (let rounds = 0;; rounds++) {
    assert.ok(rounds < 10, "it comes to an end");
    const last = follower.cache.latestEpoch;
    const end = leader.cache.endOffsetFor(last, leader.endOffset);
    const differs = last >= 0 && end.epoch >= 0 && (end.epoch < last || end.endOffset < follower.endOffset);
    if (!differs) return { endOffset: follower.endOffset, rounds };
    follower.endOffset = cutOffset(end, follower.cache, follower.endOffset);
    follower.cache.truncateFromEnd(follower.endOffset);
  }
}

Deno.test("KIP-101, scenario 1: a follower that restarts keeps what its leader has, whatever its high watermark", () => {
  const leader = { cache: epochs([0, 0]), endOffset: 2 };
  assert.deepEqual(reconcile(leader, { cache: epochs([0, 0]), endOffset: 2 }), { endOffset: 2, rounds: 0 });
});

Deno.test("KIP-101, scenario 2: logs that diverged are the same again", () => {
  const leader = { cache: epochs([0, 0], [1, 1]), endOffset: 2 };
  assert.deepEqual(reconcile(leader, { cache: epochs([0, 0]), endOffset: 2 }), { endOffset: 1, rounds: 1 });
});

Deno.test("KIP-279: after several quick leader changes the follower goes back epoch by epoch", () => {
  // The leader has epochs 0 and 2, the follower 0, 1 and 3, of which the leader knows nothing.
  const leader = { cache: epochs([0, 0], [2, 5], [4, 9]), endOffset: 12 };
  const follower = { cache: epochs([0, 0], [1, 4], [3, 7]), endOffset: 10 };
  const { endOffset, rounds } = reconcile(leader, follower);
  assert.equal(endOffset, 4);
  assert.equal(rounds, 2);
});

Deno.test("an epoch that a former leader never wrote to is forgotten", () => {
  const leader = { cache: epochs([4, 0], [6, 10]), endOffset: 12 };
  const follower = { cache: epochs([4, 0], [5, 10]), endOffset: 10 };
  assert.deepEqual(reconcile(leader, follower), { endOffset: 10, rounds: 1 });
  assert.equal(follower.cache.latestEpoch, 4);
});

Deno.test("a follower with nothing but epochs that the leader does not have begins anew", () => {
  const leader = { cache: epochs([7, 3]), endOffset: 9 };
  const follower = { cache: epochs([5, 4]), endOffset: 8 };
  assert.equal(reconcile(leader, follower).endOffset, 3);
});

Deno.test("a leader's word on an unknown epoch is taken as it is", () => {
  assert.equal(cutOffset({ epoch: -1, endOffset: 5 }, epochs([0, 0]), 8), 5);
  assert.equal(cutOffset({ epoch: 3, endOffset: 5 }, epochs(), 8), 5);
});
