import assert from "node:assert/strict";
import { leaderEpoch, nodeId, offset } from "../../../src/core/ids.ts";
import type { Effect } from "../../../src/raft/effects.ts";
import { beginQuorumEpoch, fetchRequest, key, logOf, replyTo, TestReplica, voteRequest } from "./replica.ts";

const PRE = { preVote: true } as const;

function granted(replica: TestReplica, request: ReturnType<typeof voteRequest>): boolean {
  const reply = replica.request(request);
  assert.equal(reply?.type, "vote");
  return reply.type === "vote" && reply.voteGranted;
}

function indexOf(effects: readonly Effect[], type: Effect["type"]): number {
  return effects.findIndex((effect) => effect.type === type);
}

Deno.test("raft election: a vote is durable before it is given (Raft section 5.1)", () => {
  const replica = new TestReplica();
  replica.start();
  const effects = replica.step({ type: "request", token: 7, request: voteRequest(2, 1) });
  assert.deepEqual(replica.last("persist")?.state, {
    leaderId: nodeId(-1),
    leaderEpoch: leaderEpoch(1),
    votedKey: key(2),
  });
  assert.ok(indexOf(effects, "persist") >= 0 && indexOf(effects, "persist") < indexOf(effects, "reply"));
  const reply = replyTo(effects, 7);
  assert.ok(reply?.type === "vote" && reply.voteGranted);
});

Deno.test("raft election: one vote an epoch, again for the same candidate only (Raft section 5.2)", () => {
  const replica = new TestReplica();
  replica.start();
  assert.equal(granted(replica, voteRequest(2, 1)), true);
  assert.equal(granted(replica, voteRequest(3, 1)), false);
  assert.equal(granted(replica, voteRequest(2, 1)), true);
  assert.equal(granted(replica, voteRequest(3, 2)), true);
});

Deno.test("raft election: a vote survives a restart (Raft section 5.2)", () => {
  const replica = new TestReplica({ saved: { leaderEpoch: leaderEpoch(1), votedKey: key(2) } });
  replica.start();
  assert.equal(granted(replica, voteRequest(3, 1)), false);
  assert.equal(granted(replica, voteRequest(2, 1)), true);
});

Deno.test("raft election: a candidate with another disk is another candidate (KIP-853)", () => {
  const replica = new TestReplica({ saved: { leaderEpoch: leaderEpoch(1), votedKey: key(2) } });
  replica.start();
  assert.equal(granted(replica, voteRequest(2, 1, { replicaKey: key(2, 9) })), false);
});

Deno.test("raft election: a vote meant for another disk of this node is refused (KIP-853)", () => {
  const replica = new TestReplica();
  replica.start();
  const reply = replica.request(voteRequest(2, 1, { voterKey: key(1, 9) }));
  assert.ok(reply?.type === "vote" && !reply.voteGranted);
  assert.equal(reply.errorCode, 125);
  assert.equal(replica.raft.leaderEpoch, 0);
});

Deno.test("raft election: only a log as up to date gets votes and pre-votes (Raft section 5.4.1)", () => {
  const behind = { lastOffsetEpoch: leaderEpoch(2), lastOffset: offset(2) };
  const even = { lastOffsetEpoch: leaderEpoch(2), lastOffset: offset(3) };
  for (const preVote of [false, true]) {
    const replica = new TestReplica({ log: logOf([1, 2, 2]), saved: { leaderEpoch: leaderEpoch(2) } });
    replica.start();
    assert.equal(granted(replica, voteRequest(2, 3, { preVote, ...behind })), false);
    assert.equal(granted(replica, voteRequest(3, 3, { preVote, ...even })), true);
  }
});

Deno.test("raft election: an older epoch is fenced, a newer one is taken over without a vote", () => {
  const replica = new TestReplica({ log: logOf([4]), saved: { leaderEpoch: leaderEpoch(5) } });
  replica.start();
  const old = replica.request(voteRequest(2, 4));
  assert.equal(old?.errorCode, 74);
  assert.equal(granted(replica, voteRequest(2, 9)), false);
  assert.equal(replica.raft.leaderEpoch, 9);
  assert.deepEqual(replica.last("persist")?.state.votedKey, null);
});

Deno.test("raft election: no vote in an epoch whose leader is known", () => {
  const replica = new TestReplica();
  replica.follow(2, 1);
  assert.equal(granted(replica, voteRequest(3, 1)), false);
});

Deno.test("raft election: a pre-vote binds nobody (KIP-996)", () => {
  const replica = new TestReplica();
  replica.start();
  replica.forget();
  assert.equal(granted(replica, voteRequest(2, 0, PRE)), true);
  assert.equal(granted(replica, voteRequest(3, 0, PRE)), true);
  assert.deepEqual(replica.all("persist"), []);
});

Deno.test("raft election: who has fetched from the leader refuses pre-votes, others grant them (KIP-996)", () => {
  const replica = new TestReplica();
  replica.follow(2, 1);
  assert.equal(granted(replica, voteRequest(3, 1, PRE)), true);
  replica.answerFetch();
  assert.equal(granted(replica, voteRequest(3, 1, PRE)), false);
  replica.advance(2000);
  assert.equal(replica.raft.role, "prospective");
  assert.equal(granted(replica, voteRequest(3, 1, PRE)), true);
});

Deno.test("raft election: a leader refuses pre-votes of its epoch", () => {
  const replica = new TestReplica();
  replica.lead();
  assert.equal(granted(replica, voteRequest(3, 1, { preVote: true, lastOffset: offset(99) })), false);
});

Deno.test("raft election: pre-votes first, in the same epoch, then votes in the next (KIP-996)", () => {
  const replica = new TestReplica();
  replica.start();
  replica.advance(999);
  assert.equal(replica.sent("vote"), undefined);
  replica.advance(1);
  assert.equal(replica.raft.role, "prospective");
  assert.deepEqual([replica.sent("vote", 2)?.request.preVote, replica.raft.leaderEpoch], [true, 0]);
  const effects = replica.answerVote(2, true);
  assert.equal(replica.raft.role, "candidate");
  assert.deepEqual([replica.sent("vote", 3)?.request.preVote, replica.raft.leaderEpoch], [false, 1]);
  assert.ok(indexOf(effects, "persist") < indexOf(effects, "send"));
  assert.deepEqual(replica.last("persist")?.state.votedKey, key(1));
  replica.answerVote(3, true);
  assert.equal(replica.raft.role, "leader");
});

Deno.test("raft election: the election timeout has a random part (Raft section 5.2)", () => {
  const replica = new TestReplica({ config: { random: (bound) => bound - 1 } });
  replica.start();
  assert.equal(replica.nextDeadlineMs <= replica.nowMs + 2000, true);
  replica.advance(1999);
  assert.equal(replica.raft.role, "unattached");
  replica.advance(1);
  assert.equal(replica.raft.role, "prospective");
});

Deno.test("raft election: a refused prospective goes back to the leader it knows (KIP-996)", () => {
  const replica = new TestReplica();
  replica.follow(2, 1);
  replica.advance(2000);
  assert.deepEqual([replica.raft.role, replica.raft.leaderId], ["prospective", 2]);
  replica.answerVote(2, false);
  replica.answerVote(3, false);
  assert.deepEqual([replica.raft.role, replica.raft.leaderId, replica.raft.leaderEpoch], ["follower", 2, 1]);
});

Deno.test("raft election: a beaten candidate waits, then asks for pre-votes again (KIP-595)", () => {
  const replica = new TestReplica();
  replica.start();
  replica.advance(1000);
  replica.answerVote(2, true);
  replica.answerVote(2, false);
  replica.answerVote(3, false);
  assert.equal(replica.raft.role, "candidate");
  assert.ok(replica.nextDeadlineMs > replica.nowMs && replica.nextDeadlineMs < replica.nowMs + 1000);
  replica.wait();
  assert.deepEqual([replica.raft.role, replica.raft.leaderEpoch], ["prospective", 1]);
});

Deno.test("raft election: a candidate that hears of the epoch's leader follows it (Raft section 5.2)", () => {
  const replica = new TestReplica();
  replica.start();
  replica.advance(1000);
  replica.answerVote(2, true);
  assert.equal(replica.raft.role, "candidate");
  replica.request(beginQuorumEpoch(3, 1));
  assert.deepEqual([replica.raft.role, replica.raft.leaderId], ["follower", 3]);
});

Deno.test("raft election: answers of an earlier round do not count", () => {
  const replica = new TestReplica({ voters: [1, 2, 3, 4, 5] });
  replica.start();
  replica.advance(1000);
  const preVotes = [2, 3, 4].map((id) => replica.sent("vote", id)!);
  replica.answerVote(2, true);
  replica.answerVote(3, true);
  assert.equal(replica.raft.role, "candidate");
  for (const { requestId } of preVotes) {
    replica.step({
      type: "response",
      requestId,
      response: {
        type: "vote",
        errorCode: 0,
        leaderId: nodeId(-1),
        leaderEpoch: leaderEpoch(1),
        leaderEndpoints: [],
        voteGranted: true,
      },
    });
  }
  assert.equal(replica.raft.role, "candidate");
});

Deno.test("raft election: a voter that does not answer is asked again", () => {
  const replica = new TestReplica({ config: { requestTimeoutMs: 100, retryBackoffMs: 20 } });
  replica.start();
  replica.advance(1000);
  const first = replica.sent("vote", 2)!;
  replica.step({ type: "requestFailed", requestId: first.requestId });
  assert.equal(replica.sent("vote", 2), first);
  replica.advance(20);
  const second = replica.sent("vote", 2)!;
  assert.notEqual(second, first);
  replica.advance(100);
  assert.notEqual(replica.sent("vote", 2), second);
});

Deno.test("raft election: an observer never stands for election", () => {
  const replica = new TestReplica({ id: 4 });
  replica.start();
  replica.advance(60_000);
  assert.equal(replica.sent("vote"), undefined);
  assert.equal(replica.raft.role, "unattached");
});

Deno.test("raft election: a voter whose disk is another one is an observer (KIP-853)", () => {
  const replica = new TestReplica({ config: { localKey: key(1, 2) } });
  replica.start();
  assert.equal(replica.raft.isVoter, false);
  replica.advance(60_000);
  assert.equal(replica.sent("vote"), undefined);
});

Deno.test("raft election: a leader that restarts does not lead its epoch again", () => {
  const saved = { leaderEpoch: leaderEpoch(3), leaderId: nodeId(1), votedKey: key(1) };
  const replica = new TestReplica({ saved, log: logOf([3]) });
  replica.start();
  assert.deepEqual([replica.raft.role, replica.raft.leaderId], ["unattached", -1]);
  assert.equal(replica.request(fetchRequest(2, 3, [1, 3]))?.errorCode, 6);
  assert.equal(
    granted(replica, voteRequest(2, 3, { lastOffset: offset(9), lastOffsetEpoch: leaderEpoch(3) })),
    false,
  );
  replica.advance(1000);
  replica.answerVote(2, true);
  assert.equal(replica.raft.leaderEpoch, 4);
});

Deno.test("raft election: of two that ask for pre-votes at the same time the one with the lower id goes first", () => {
  const replica = new TestReplica({ id: 2 });
  replica.start();
  replica.wait();
  assert.equal(replica.raft.role, "prospective");
  const ask = (from: number, preVote: boolean, epoch: number) =>
    granted(replica, { ...voteRequest(from, epoch, { preVote }), voterKey: key(2) });
  assert.equal(ask(1, true, 0), true);
  replica.answerVote(1, true);
  assert.equal(replica.raft.role, "prospective");
  // It stands itself when nothing comes of the other one.
  replica.advance(80);
  assert.equal(replica.raft.role, "candidate");

  const other = new TestReplica({ id: 2 });
  other.start();
  other.wait();
  assert.equal(granted(other, { ...voteRequest(3, 0, { preVote: true }), voterKey: key(2) }), true);
  other.answerVote(1, true);
  assert.equal(other.raft.role, "candidate");
});

Deno.test("raft election: with a dead voter a split vote is tried again soon, not after the election timeout", () => {
  const replica = new TestReplica();
  replica.start();
  replica.wait();
  replica.answerVote(2, true);
  assert.equal(replica.raft.role, "candidate");
  replica.step({ type: "requestFailed", requestId: replica.sent("vote", 3)!.requestId, refused: true });
  replica.answerVote(2, false);
  replica.advance(50);
  assert.equal(replica.raft.role, "prospective");
});
