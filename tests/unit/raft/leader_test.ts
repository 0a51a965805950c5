import assert from "node:assert/strict";
import { leaderEpoch, nodeId, offset } from "../../../src/core/ids.ts";
import type { RaftReply } from "../../../src/raft/messages.ts";
import { fetchRequest, key, logOf, replyTo, TestReplica } from "./replica.ts";

/** A leader of three in epoch 1 whose log is LeaderChange, KRaftVersion and Voters, at offsets 0 to 2. */
function leaderOfThree(): TestReplica {
  const replica = new TestReplica();
  replica.lead();
  return replica;
}

function fetchReply(reply: RaftReply | null): Extract<RaftReply, { type: "fetch" }> {
  assert.ok(reply?.type === "fetch");
  return reply;
}

Deno.test("raft leader: opens its epoch with LeaderChange, the first one with version and voters (KIP-595, KIP-853)", () => {
  const replica = leaderOfThree();
  const append = replica.last("appendControl")!;
  assert.deepEqual([append.baseOffset, append.leaderEpoch], [0, 1]);
  assert.deepEqual(append.records.map(({ type }) => type), ["leaderChange", "kraftVersion", "voters"]);
  assert.deepEqual(append.records[0], {
    type: "leaderChange",
    leaderId: nodeId(1),
    voters: [key(1), key(2), key(3)],
    grantingVoters: [key(1), key(2)],
  });
});

Deno.test("raft leader: is persisted before anybody hears of it", () => {
  const replica = leaderOfThree();
  const types = replica.all("persist").map(({ state }) => state.leaderId);
  assert.deepEqual(types.at(-1), nodeId(1));
});

Deno.test("raft leader: tells all voters at once (KIP-595)", () => {
  const replica = leaderOfThree();
  assert.ok(replica.sent("beginQuorumEpoch", 2));
  assert.ok(replica.sent("beginQuorumEpoch", 3));
});

Deno.test("raft leader: tells a voter that does not fetch again and again, not one that does (KIP-595)", () => {
  const replica = leaderOfThree();
  for (const id of [2, 3]) {
    const { requestId } = replica.sent("beginQuorumEpoch", id)!;
    replica.step({ type: "requestFailed", requestId });
  }
  replica.forget();
  for (let round = 0; round < 4; round++) {
    replica.advance(400);
    replica.request(fetchRequest(2, 1, [3, 1]));
  }
  assert.equal(replica.sent("beginQuorumEpoch", 2), undefined);
  assert.ok(replica.sent("beginQuorumEpoch", 3));
});

Deno.test("raft leader: commits what a majority has made durable (Raft section 5.3)", () => {
  const replica = leaderOfThree();
  replica.request(fetchRequest(2, 1, [0, 0]));
  assert.deepEqual(replica.all("highWatermark"), []);
  replica.request(fetchRequest(2, 1, [3, 1]));
  assert.equal(replica.last("highWatermark")?.offset, 3);
  assert.equal(replica.last("leaderReady")?.leaderEpoch, 1);
  replica.propose(2);
  assert.equal(replica.raft.highWatermark, 3);
  replica.request(fetchRequest(3, 1, [4, 1]));
  assert.equal(replica.raft.highWatermark, 4);
});

Deno.test("raft leader: its own unflushed records do not count", () => {
  const replica = leaderOfThree();
  replica.request(fetchRequest(2, 1, [3, 1]));
  replica.reportsFlushes = false;
  replica.propose();
  replica.request(fetchRequest(2, 1, [4, 1]));
  assert.equal(replica.raft.highWatermark, 3);
  replica.flush();
  assert.equal(replica.raft.highWatermark, 4);
});

Deno.test("raft leader: a majority without the leader commits too", () => {
  const replica = leaderOfThree();
  replica.reportsFlushes = false;
  replica.propose();
  replica.request(fetchRequest(2, 1, [4, 1]));
  replica.request(fetchRequest(3, 1, [4, 1]));
  assert.equal(replica.raft.highWatermark, 4);
});

Deno.test("raft leader: records of earlier epochs commit with one of its own only (Raft section 5.4.2, figure 8)", () => {
  const replica = new TestReplica({ log: logOf([1, 1, 2, 2]), saved: { leaderEpoch: leaderEpoch(3) } });
  replica.lead();
  const begin = replica.last("appendControl")!.baseOffset;
  assert.equal(begin, 4);
  replica.request(fetchRequest(2, 4, [4, 2]));
  replica.request(fetchRequest(3, 4, [4, 2]));
  assert.deepEqual(replica.all("highWatermark"), []);
  replica.request(fetchRequest(2, 4, [5, 4]));
  assert.equal(replica.raft.highWatermark, 5);
});

Deno.test("raft leader: the high watermark of an even quorum needs more than half", () => {
  const replica = new TestReplica({ voters: [1, 2, 3, 4] });
  replica.start();
  replica.advance(1000);
  for (const id of [2, 3]) replica.answerVote(id, true);
  for (const id of [2, 3]) replica.answerVote(id, true);
  assert.equal(replica.raft.role, "leader");
  replica.request(fetchRequest(2, 1, [3, 1]));
  assert.deepEqual(replica.all("highWatermark"), []);
  replica.request(fetchRequest(3, 1, [3, 1]));
  assert.equal(replica.raft.highWatermark, 3);
});

Deno.test("raft leader: observers and consumers commit nothing", () => {
  const replica = leaderOfThree();
  replica.request(fetchRequest(7, 1, [3, 1]));
  replica.request(fetchRequest(-1, 1, [3, 1]));
  assert.deepEqual(replica.all("highWatermark"), []);
  assert.deepEqual(replica.raft.describe().observers.map(({ id }) => id), [7]);
});

Deno.test("raft leader: a voter's id with another disk is an observer (KIP-853)", () => {
  const replica = leaderOfThree();
  replica.request(fetchRequest(2, 1, [3, 1], { replicaKey: key(2, 9) }));
  assert.deepEqual(replica.all("highWatermark"), []);
});

Deno.test("raft leader: serves records from the fetch offset to the log end", () => {
  const reply = fetchReply(leaderOfThree().request(fetchRequest(2, 1, [0, 0])));
  assert.deepEqual([reply.errorCode, reply.readFrom, reply.readTo], [0, 0, 3]);
  assert.deepEqual([reply.leaderId, reply.leaderEpoch, reply.divergingEpoch], [1, 1, null]);
});

Deno.test("raft leader: tells a follower where its log departs, and does not count that fetch (KIP-595)", () => {
  const replica = new TestReplica({ log: logOf([1, 1, 2]), saved: { leaderEpoch: leaderEpoch(4) } });
  replica.lead();
  const reply = fetchReply(replica.request(fetchRequest(2, 5, [4, 3])));
  assert.deepEqual(reply.divergingEpoch, { epoch: 2, offset: 3 });
  assert.equal(reply.readFrom, null);
  assert.equal(replica.raft.describe().voters[1]?.logEndOffset, -1);
});

Deno.test("raft leader: sends who is behind the log start to the snapshot (KIP-630)", () => {
  const replica = leaderOfThree();
  replica.request(fetchRequest(2, 1, [3, 1]));
  const snapshotId = { offset: offset(3), epoch: leaderEpoch(1) };
  replica.step({ type: "snapshotCreated", snapshotId });
  replica.step({ type: "logStartAdvanced", logStartOffset: offset(3) });
  const reply = fetchReply(replica.request(fetchRequest(3, 1, [0, 0])));
  assert.deepEqual([reply.snapshotId, reply.readFrom], [snapshotId, null]);
});

Deno.test("raft leader: fetches of other epochs are refused and change nothing", () => {
  const replica = new TestReplica({ saved: { leaderEpoch: leaderEpoch(4) } });
  replica.lead();
  assert.equal(replica.request(fetchRequest(2, 4, [3, 5]))?.errorCode, 74);
  assert.equal(replica.request(fetchRequest(2, 6, [3, 5]))?.errorCode, 75);
  assert.deepEqual(replica.all("highWatermark"), []);
  assert.equal(replica.raft.role, "leader");
});

Deno.test("raft leader: holds a fetch that has caught up until records come", () => {
  const replica = leaderOfThree();
  assert.equal(replica.request(fetchRequest(2, 1, [3, 1])), null);
  replica.propose();
  const reply = fetchReply(replica.last("reply")!.reply);
  assert.deepEqual([reply.readFrom, reply.readTo], [3, 4]);
});

Deno.test("raft leader: holds a fetch no longer than it asks, nor than the leader allows", () => {
  const replica = leaderOfThree();
  assert.equal(replica.request(fetchRequest(2, 1, [3, 1], { maxWaitMs: 30 })), null);
  assert.equal(replica.request(fetchRequest(3, 1, [3, 1], { maxWaitMs: 9999 })), null);
  replica.forget();
  replica.advance(30);
  assert.equal(replica.all("reply").length, 1);
  replica.advance(470);
  assert.equal(replica.all("reply").length, 2);
  const reply = fetchReply(replica.last("reply")!.reply);
  assert.deepEqual([reply.readFrom, reply.readTo], [3, 3]);
});

Deno.test("raft leader: a held fetch returns when the high watermark passes what the follower knows (KIP-1166)", () => {
  const replica = leaderOfThree();
  const knowing = { highWatermark: -1 };
  const early = replica.step({ type: "request", token: 1, request: fetchRequest(2, 1, [3, 1], knowing) });
  // The fetch itself has moved the high watermark, so the follower learns of it at once.
  assert.equal(fetchReply(replyTo(early, 1)).highWatermark, 3);
  replica.propose();
  const held = replica.step({
    type: "request",
    token: 2,
    request: fetchRequest(2, 1, [4, 1], { highWatermark: 4 }),
  });
  assert.equal(replyTo(held, 2), null);
});

Deno.test("raft leader: a replica that fetches anew gets its older fetch back", () => {
  const replica = leaderOfThree();
  const first = fetchRequest(2, 1, [3, 1]);
  assert.equal(replyTo(replica.step({ type: "request", token: 1, request: first }), 1), null);
  const effects = replica.step({ type: "request", token: 2, request: first });
  assert.equal(fetchReply(replyTo(effects, 1)).errorCode, 0);
  assert.equal(replyTo(effects, 2), null);
});

Deno.test("raft leader: resigns when a majority is silent for one and a half fetch timeouts (check quorum)", () => {
  const replica = leaderOfThree();
  replica.advance(2000);
  replica.request(fetchRequest(3, 1, [3, 1]));
  replica.advance(2999);
  assert.equal(replica.raft.role, "leader");
  replica.advance(1);
  assert.equal(replica.raft.role, "resigned");
  assert.deepEqual(replica.last("leaderChanged"), {
    type: "leaderChanged",
    leaderId: nodeId(-1),
    leaderEpoch: leaderEpoch(1),
    isLocal: false,
  });
});

Deno.test("raft leader: a voter that loads a snapshot is not silent (KIP-630)", () => {
  const replica = leaderOfThree();
  replica.advance(2500);
  const reply = replica.request({
    type: "fetchSnapshot",
    replicaKey: key(2),
    currentLeaderEpoch: leaderEpoch(1),
    snapshotId: { offset: offset(2), epoch: leaderEpoch(1) },
    position: 0,
  });
  assert.equal(reply?.errorCode, 0);
  replica.advance(2500);
  assert.equal(replica.raft.role, "leader");
});

Deno.test("raft leader: gives up in a newer epoch and answers whoever waits", () => {
  const replica = leaderOfThree();
  replica.step({ type: "request", token: 1, request: fetchRequest(2, 1, [3, 1]) });
  const effects = replica.step({
    type: "request",
    token: 2,
    request: {
      type: "beginQuorumEpoch",
      leaderId: nodeId(3),
      leaderEpoch: leaderEpoch(2),
      leaderEndpoints: [],
      voterKey: key(1),
    },
  });
  assert.equal(fetchReply(replyTo(effects, 1)).errorCode, 6);
  assert.deepEqual([replica.raft.role, replica.raft.leaderId], ["follower", 3]);
});

Deno.test("raft leader: proposals of another epoch or to a follower are refused", () => {
  const replica = leaderOfThree();
  replica.step({ type: "propose", token: 9, recordCount: 1, leaderEpoch: leaderEpoch(0) });
  assert.deepEqual(replica.last("refuseProposal")?.errorCode, 6);
  const follower = new TestReplica();
  follower.follow(2, 1);
  follower.propose();
  assert.deepEqual([follower.last("refuseProposal")?.leaderId, follower.all("appendProposal").length], [
    2,
    0,
  ]);
});

Deno.test("raft leader: resigns when its own control records cannot be written", () => {
  const replica = new TestReplica();
  replica.reportsAppends = false;
  replica.start();
  replica.advance(1000);
  replica.answerVote(2, true);
  replica.answerVote(3, true);
  assert.ok(replica.last("appendControl"));
  replica.step({ type: "appendFailed" });
  assert.equal(replica.raft.role, "resigned");
});

Deno.test("raft leader: goes on after a proposal that could not be written", () => {
  const replica = leaderOfThree();
  replica.reportsAppends = false;
  replica.propose();
  replica.step({ type: "appendFailed" });
  assert.deepEqual([replica.raft.role, replica.raft.logEnd.offset], ["leader", 3]);
  replica.reportsAppends = true;
  replica.propose();
  assert.equal(replica.last("appendProposal")?.baseOffset, 3);
});

Deno.test("raft leader: describes when replicas fetched and were caught up (KIP-836)", () => {
  const replica = leaderOfThree();
  replica.request(fetchRequest(2, 1, [0, 0]));
  replica.advance(10);
  replica.request(fetchRequest(2, 1, [3, 1]));
  replica.propose();
  replica.advance(10);
  replica.request(fetchRequest(2, 1, [3, 1]));
  const [self, second, third] = replica.raft.describe().voters;
  assert.deepEqual([self?.logEndOffset, self?.lastFetchMs, self?.lastCaughtUpMs], [4, -1, replica.nowMs]);
  assert.deepEqual([second?.logEndOffset, second?.lastFetchMs], [3, replica.nowMs]);
  assert.equal(second?.lastCaughtUpMs, replica.nowMs - 10);
  assert.deepEqual([third?.logEndOffset, third?.lastFetchMs, third?.lastCaughtUpMs], [-1, -1, -1]);
});
