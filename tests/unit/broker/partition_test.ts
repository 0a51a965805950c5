/** How a leader moves the high watermark and wishes for ISRs, and how roles change (KIP-497, KIP-903, KIP-966). */

import assert from "node:assert/strict";
import type { Partition } from "../../../src/broker/partition.ts";
import { nodeId } from "../../../src/core/ids.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { appendTo, fetchFrom, replicaOn, stateOf } from "../../harness/replica.ts";
import { batchOf } from "../../harness/log_world.ts";

/** The ids of the ISR that a leader wants, as "1,2"; null when it wants no other. */
function wishOf(partition: Partition): string | null {
  const proposal = partition.proposeIsr(7);
  return proposal === null ? null : proposal.members.map(({ brokerId }) => brokerId).join();
}

Deno.test("the only replica moves the high watermark by itself", async () => {
  const only = await replicaOn(1, stateOf({ replicas: [1] }));
  appendTo(only, 3);
  assert.equal(only.partition.highWatermark, 3);
  assert.equal(only.partition.leading, null);
});

Deno.test("the high watermark waits for everybody in the ISR", async () => {
  const leader = await replicaOn(1, stateOf());
  appendTo(leader, 5);
  const all = leader.partition.replicated(5);
  assert.equal(leader.partition.highWatermark, 0);
  fetchFrom(leader, 2, 5);
  assert.equal(leader.partition.highWatermark, 0);
  fetchFrom(leader, 3, 4);
  assert.equal(leader.partition.highWatermark, 4);
  fetchFrom(leader, 3, 5);
  assert.equal(leader.partition.highWatermark, 5);
  assert.equal(await all, true);
});

Deno.test("a follower that is far behind and not in sync does not hold the high watermark back", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1, 2] }));
  appendTo(leader, 5);
  fetchFrom(leader, 3, 1);
  fetchFrom(leader, 2, 5);
  assert.equal(leader.partition.highWatermark, 5);
});

Deno.test("a replica that is being added counts before the controller has said yes (KIP-497)", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1, 2] }));
  fetchFrom(leader, 2, 0);
  fetchFrom(leader, 3, 0);
  assert.equal(leader.wishes, 1);
  assert.equal(wishOf(leader.partition), "1,2,3");
  leader.time.advance(60_000);
  appendTo(leader, 2);
  fetchFrom(leader, 2, 2);
  assert.equal(leader.partition.highWatermark, 0, "replica 3 may be elected already");
  leader.partition.withdrawIsr();
  leader.time.advance(60_000);
  leader.partition.checkIsr();
  assert.equal(leader.partition.highWatermark, 2, "surely it was not added, and it is far behind");
});

Deno.test("a replica that is being removed counts until the controller has said yes (KIP-497)", async () => {
  const leader = await replicaOn(1, stateOf());
  appendTo(leader, 2);
  fetchFrom(leader, 2, 2);
  leader.time.advance(1_001);
  fetchFrom(leader, 2, 2);
  leader.partition.checkIsr();
  assert.equal(leader.wishes, 1);
  assert.equal(wishOf(leader.partition), "1,2");
  assert.equal(leader.partition.highWatermark, 0);
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 1 }));
  assert.equal(leader.partition.highWatermark, 2);
});

Deno.test("one wish at a time: the next comes when the last is decided", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1] }));
  fetchFrom(leader, 2, 0);
  assert.equal(wishOf(leader.partition), "1,2");
  fetchFrom(leader, 3, 0);
  assert.equal(leader.wishes, 1);
  assert.equal(wishOf(leader.partition), null);
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 1 }));
  assert.equal(wishOf(leader.partition), "1,2,3");
});

Deno.test("nobody joins the ISR who is fenced, or has not reached where this leader's epoch began", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1] }));
  appendTo(leader, 4);
  leader.partition.update(stateOf({ isr: [1], leaderEpoch: 2, partitionEpoch: 1 }));
  leader.log.highWatermark = 4;
  fetchFrom(leader, 2, 3);
  assert.equal(leader.wishes, 0);
  leader.ineligible.add(2);
  fetchFrom(leader, 2, 4);
  assert.equal(leader.wishes, 0);
  leader.ineligible.delete(2);
  fetchFrom(leader, 2, 4);
  assert.equal(wishOf(leader.partition), "1,2");
});

Deno.test("with too few in sync the high watermark stands still (KIP-966)", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1] }), { minInSyncReplicas: 2 });
  appendTo(leader, 2);
  assert.equal(leader.partition.hasEnoughInSync, false);
  assert.equal(leader.partition.highWatermark, 0);
  fetchFrom(leader, 2, 2);
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 1 }));
  assert.equal(leader.partition.hasEnoughInSync, true);
  assert.equal(leader.partition.highWatermark, 2);
});

Deno.test("no more can be in sync than there are replicas, whatever min.insync.replicas says", async () => {
  const leader = await replicaOn(1, stateOf({ replicas: [1, 2], isr: [1, 2] }), { minInSyncReplicas: 5 });
  assert.equal(leader.partition.hasEnoughInSync, true);
  const only = await replicaOn(1, stateOf({ replicas: [1] }), { minInSyncReplicas: 2 });
  appendTo(only, 1);
  assert.equal(only.partition.highWatermark, 1);
});

Deno.test("a follower of a busy leader is in sync when it reaches where the last fetch found the end", async () => {
  const leader = await replicaOn(1, stateOf());
  for (let round = 0; round < 5; round++) {
    appendTo(leader, 1);
    fetchFrom(leader, 2, round);
    fetchFrom(leader, 3, 0);
    leader.time.advance(400);
  }
  leader.partition.checkIsr();
  assert.equal(wishOf(leader.partition), "1,2");
});

Deno.test("an idle follower that goes on fetching stays in sync, and has its time when records come", async () => {
  const leader = await replicaOn(1, stateOf());
  for (const follower of [2, 3]) fetchFrom(leader, follower, 0);
  leader.time.advance(100_000);
  leader.partition.checkIsr();
  // Both fetch without naming the partition, which has not changed.
  for (const follower of [2, 3]) leader.heard.set(follower, leader.time.clock.monotonicMs());
  appendTo(leader, 1);
  leader.time.advance(900);
  leader.partition.checkIsr();
  assert.equal(leader.wishes, 0);
  leader.time.advance(200);
  leader.partition.checkIsr();
  assert.equal(leader.wishes, 1);
});

Deno.test("an idle follower that stopped fetching long ago leaves as soon as there is something to fetch", async () => {
  const leader = await replicaOn(1, stateOf());
  for (const follower of [2, 3]) fetchFrom(leader, follower, 0);
  leader.time.advance(100_000);
  leader.heard.set(2, leader.time.clock.monotonicMs());
  leader.partition.checkIsr();
  assert.equal(leader.wishes, 0, "what there is it has");
  appendTo(leader, 1);
  assert.equal(wishOf(leader.partition), "1,2");
});

Deno.test("fetches of a broker's earlier life are not believed (KIP-903)", async () => {
  const leader = await replicaOn(1, stateOf());
  assert.equal(fetchFrom(leader, 2, 0, 20), ErrorCode.NONE);
  assert.equal(fetchFrom(leader, 2, 0, 10), ErrorCode.NOT_LEADER_OR_FOLLOWER);
  assert.equal(fetchFrom(leader, 4, 0), ErrorCode.UNKNOWN_LEADER_EPOCH, "it is no replica");
  leader.brokerEpochs.set(3, 30);
  assert.equal(fetchFrom(leader, 3, 0, 29), ErrorCode.NOT_LEADER_OR_FOLLOWER, "it is registered anew since");
  assert.equal(fetchFrom(leader, 3, 0, 30), ErrorCode.NONE);
});

Deno.test("in another epoch nothing is known of the followers, even when the leader is the same", async () => {
  const leader = await replicaOn(1, stateOf());
  appendTo(leader, 3);
  for (const follower of [2, 3]) fetchFrom(leader, follower, 3);
  // Epoch 2 had another leader, for which they may have cut their logs; this broker has not heard of it.
  leader.partition.update(stateOf({ leaderEpoch: 3, partitionEpoch: 2 }));
  appendTo(leader, 1);
  fetchFrom(leader, 2, 4);
  assert.equal(leader.partition.highWatermark, 3);
  fetchFrom(leader, 3, 1);
  assert.equal(leader.partition.highWatermark, 3, "it never moves back");
  fetchFrom(leader, 3, 4);
  assert.equal(leader.partition.highWatermark, 4);
});

Deno.test("who waits for its replicas is told when the leadership is lost", async () => {
  const leader = await replicaOn(1, stateOf());
  appendTo(leader, 1);
  const waiting = leader.partition.replicated(1);
  leader.partition.update(stateOf({ leader: 2, leaderEpoch: 2, partitionEpoch: 1 }));
  assert.equal(await waiting, false);
  assert.equal(await leader.partition.replicated(1), false);
});

Deno.test("metadata that are older than the controller's answer change nothing", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1] }));
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 5 }));
  leader.partition.update(stateOf({ isr: [1], partitionEpoch: 4 }));
  assert.deepEqual(leader.partition.state.isr, [1, 2]);
});

Deno.test("an answer to a wish does not matter any more once newer metadata have come", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1] }));
  fetchFrom(leader, 2, 0);
  const proposal = leader.partition.proposeIsr(7)!;
  assert.equal(leader.partition.isCurrent(proposal), true);
  leader.partition.update(stateOf({ isr: [1], partitionEpoch: 1 }));
  assert.equal(leader.partition.isCurrent(proposal), false);
});

Deno.test("a leader tells that its log is whole after an unclean election (KIP-704)", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1], leaderRecoveryState: 1 }));
  assert.equal(leader.wishes, 1);
  assert.equal(wishOf(leader.partition), "1");
  const only = await replicaOn(1, stateOf({ replicas: [1], leaderRecoveryState: 1 }));
  assert.equal(wishOf(only.partition), "1");
});

Deno.test("while its log is cut a replica leads nothing, and then takes the role it was given", async () => {
  const replica = await replicaOn(2, stateOf());
  const done = Promise.withResolvers<void>();
  const cut = replica.partition.cut(() => done.promise);
  replica.partition.update(stateOf({ leader: 2, leaderEpoch: 2, partitionEpoch: 1 }));
  assert.equal(replica.partition.isLeader, false);
  done.resolve();
  await cut;
  assert.equal(replica.partition.isLeader, true);
  assert.equal(replica.lateRoles, 1);
  assert.equal(replica.log.epochs.latestEpoch, 2);
});

Deno.test("a leader's epoch begins where its log ends, before anything is written in it", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1] }));
  appendTo(leader, 2);
  leader.partition.update(stateOf({ isr: [1], leaderEpoch: 4, partitionEpoch: 1 }));
  assert.deepEqual(leader.log.epochs.entries, [{ epoch: 1, startOffset: 0 }, { epoch: 4, startOffset: 2 }]);
  assert.deepEqual(leader.partition.endOfEpoch(1), { epoch: 1, endOffset: 2 });
  assert.deepEqual(leader.partition.endOfEpoch(4), { epoch: 4, endOffset: 2 });
});

Deno.test("a follower's high watermark is within its log and never moves back by what a leader says", async () => {
  const follower = await replicaOn(2, stateOf());
  const batch = batchOf(["a"], { partitionLeaderEpoch: 1 });
  assert.equal(follower.log.appendAsFollower(batch).error, null);
  follower.partition.onLeaderHighWatermark(9);
  assert.equal(follower.partition.highWatermark, 1);
  follower.partition.onLeaderHighWatermark(0);
  assert.equal(follower.partition.highWatermark, 1);
});

Deno.test("deleted records are gone when every replica that is alive has given them up (KIP-107)", async () => {
  const leader = await replicaOn(1, stateOf());
  appendTo(leader, 4);
  const fetched = (id: number, logStartOffset: number) =>
    leader.partition.onFollowerFetch({
      replicaId: nodeId(id),
      brokerEpoch: -1,
      fetchOffset: 4,
      logStartOffset,
    });
  for (const id of [2, 3]) fetched(id, 0);
  leader.partition.raiseLogStart(3);
  const deleted = leader.partition.deleted(3);
  assert.equal(leader.partition.lowWatermark, 0);
  fetched(2, 3);
  assert.equal(leader.partition.lowWatermark, 0);
  leader.ineligible.add(3);
  leader.partition.checkIsr();
  assert.equal(await deleted, true);
  assert.equal(leader.partition.deleted(2), true);
});

Deno.test("who was caught up a moment ago is waited for, and so must not be throttled", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1, 2] }));
  appendTo(leader, 2);
  fetchFrom(leader, 3, 0);
  assert.equal(leader.partition.isWaitedFor(nodeId(3)), false);
  fetchFrom(leader, 3, 2);
  appendTo(leader, 1);
  fetchFrom(leader, 2, 3);
  assert.equal(leader.partition.highWatermark, 2);
  assert.equal(leader.partition.isWaitedFor(nodeId(3)), true);
  leader.time.advance(1_001);
  assert.equal(leader.partition.isWaitedFor(nodeId(3)), false);
  leader.partition.checkIsr();
  assert.equal(leader.partition.highWatermark, 3);
});

Deno.test("metadata that say what the leader knew already decide nothing of what it has asked since", async () => {
  const leader = await replicaOn(1, stateOf({ isr: [1] }));
  fetchFrom(leader, 2, 0);
  assert.equal(wishOf(leader.partition), "1,2");
  // The controller's answer comes first, another follower has caught up, and then the metadata come.
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 1 }));
  fetchFrom(leader, 3, 0);
  assert.equal(wishOf(leader.partition), "1,2,3");
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 1 }));
  leader.time.advance(60_000);
  appendTo(leader, 1);
  fetchFrom(leader, 2, 1);
  assert.equal(leader.partition.highWatermark, 0, "replica 3 may be in the ISR by now");
});

Deno.test("who has left the ISR is not waited for because it was caught up a moment before", async () => {
  const leader = await replicaOn(1, stateOf());
  for (const follower of [2, 3]) fetchFrom(leader, follower, 0);
  leader.heard.set(3, leader.time.clock.monotonicMs());
  appendTo(leader, 2);
  // Broker 3 stops, and is back at once.
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 1 }));
  fetchFrom(leader, 3, 1);
  fetchFrom(leader, 2, 2);
  assert.equal(leader.partition.highWatermark, 2);
  assert.equal(leader.partition.isWaitedFor(nodeId(3)), false);
});

Deno.test("appends while it is away do not make a replica that has left the ISR one that was caught up", async () => {
  const leader = await replicaOn(1, stateOf());
  for (const follower of [2, 3]) fetchFrom(leader, follower, 0);
  leader.heard.set(3, leader.time.clock.monotonicMs());
  // Broker 3 had everything when it ended; then records come, and it is back before the lag time is over.
  leader.partition.update(stateOf({ isr: [1, 2], partitionEpoch: 1 }));
  appendTo(leader, 2);
  assert.equal(leader.partition.isWaitedFor(nodeId(3)), false);
  fetchFrom(leader, 3, 1);
  fetchFrom(leader, 2, 2);
  assert.equal(leader.partition.highWatermark, 2);
});
