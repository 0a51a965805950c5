import assert from "node:assert/strict";
import { InvariantError } from "../../../src/core/assert.ts";
import { leaderEpoch, nodeId, offset } from "../../../src/core/ids.ts";
import { fetchRequest, key, logOf, replyTo, TestReplica, voter, voteRequest } from "./replica.ts";

Deno.test("raft: a single voter leads in its first step, with one sync of quorum-state (KIP-595)", () => {
  const replica = new TestReplica({ voters: [1] });
  replica.reportsAppends = false;
  const effects = replica.start();
  assert.deepEqual(effects.map(({ type }) => type), ["persist", "leaderChanged", "appendControl"]);
  assert.deepEqual(replica.last("persist")?.state, {
    leaderId: nodeId(1),
    leaderEpoch: leaderEpoch(1),
    votedKey: key(1),
  });
  assert.equal(replica.raft.isLeader, true);
});

Deno.test("raft: a single voter commits what it has flushed, not before", () => {
  const replica = new TestReplica({ voters: [1] });
  replica.reportsFlushes = false;
  replica.start();
  assert.deepEqual(replica.all("highWatermark"), []);
  replica.flush();
  assert.equal(replica.last("highWatermark")?.offset, 3);
  assert.equal(replica.last("leaderReady")?.leaderEpoch, 1);
  replica.propose(5);
  assert.deepEqual([replica.last("appendProposal")?.baseOffset, replica.raft.highWatermark], [3, 3]);
  replica.flush();
  assert.equal(replica.raft.highWatermark, 8);
});

Deno.test("raft: a single voter leads a new epoch after each restart and has nothing to wait for", () => {
  const saved = { leaderEpoch: leaderEpoch(7), leaderId: nodeId(1), votedKey: key(1) };
  const replica = new TestReplica({ voters: [1], saved, log: logOf([7, 7]) });
  replica.start();
  assert.deepEqual([replica.raft.role, replica.raft.leaderEpoch], ["leader", 8]);
  assert.equal(replica.raft.highWatermark > 2, true);
  assert.equal(replica.nextDeadlineMs, Infinity);
});

Deno.test("raft: version and voters go into the log once, not with every epoch", () => {
  const kraftVersions = [{ offset: offset(1), version: 1 }];
  const voterSets = [{ offset: offset(2), voters: [voter(1)] }];
  const saved = { leaderEpoch: leaderEpoch(1) };
  const replica = new TestReplica({
    voters: [1],
    log: logOf([1, 1, 1], { voterSets, kraftVersions }),
    saved,
  });
  replica.start();
  assert.deepEqual(replica.last("appendControl")?.records.map(({ type }) => type), ["leaderChange"]);
});

Deno.test("raft: the bootstrap snapshot that Kafka's format step writes still goes into the log (KIP-853)", () => {
  const latestSnapshot = { offset: offset(0), epoch: leaderEpoch(0) };
  const replica = new TestReplica({ voters: [1], log: logOf([], { latestSnapshot }) });
  replica.start();
  const types = replica.last("appendControl")?.records.map(({ type }) => type);
  assert.deepEqual(types, ["leaderChange", "kraftVersion", "voters"]);
});

Deno.test("raft: a static quorum (kraft.version 0) writes no voters", () => {
  const replica = new TestReplica({ voters: [1], config: { bootstrapKRaftVersion: 0 } });
  replica.start();
  assert.deepEqual(replica.last("appendControl")?.records.map(({ type }) => type), ["leaderChange"]);
});

Deno.test("raft: the driver reports on the log before anything else", () => {
  const replica = new TestReplica({ voters: [1] });
  replica.reportsAppends = false;
  replica.start();
  assert.throws(() => replica.advance(1), InvariantError);
});

Deno.test("raft: an append that nobody asked for, or another one, is a bug of the driver", () => {
  const replica = new TestReplica({ voters: [1] });
  replica.start();
  assert.throws(() => replica.step({ type: "appended", endOffset: offset(9) }), InvariantError);
  const other = new TestReplica({ voters: [1] });
  other.reportsAppends = false;
  other.start();
  assert.throws(() => other.step({ type: "appended", endOffset: offset(9) }), InvariantError);
});

Deno.test("raft: time never moves back", () => {
  const replica = new TestReplica();
  replica.start();
  assert.throws(() => replica.advance(-1), InvariantError);
});

Deno.test("raft: a leader hands over before it ends, the furthest voter first (KIP-595)", () => {
  const replica = new TestReplica();
  replica.lead();
  replica.request(fetchRequest(2, 1, [0, 0]));
  replica.request(fetchRequest(3, 1, [3, 1]));
  replica.forget();
  replica.step({ type: "shutdown", timeoutMs: 5000 });
  assert.equal(replica.raft.role, "resigned");
  assert.equal(replica.last("shutdownComplete"), undefined);
  assert.deepEqual(replica.sent("endQuorumEpoch", 2)?.request.preferredCandidates, [key(3), key(2)]);
  for (const id of [2, 3]) {
    assert.equal(replica.last("shutdownComplete"), undefined);
    replica.step({
      type: "response",
      requestId: replica.sent("endQuorumEpoch", id)!.requestId,
      response: {
        type: "endQuorumEpoch",
        errorCode: 0,
        leaderId: nodeId(-1),
        leaderEpoch: leaderEpoch(1),
        leaderEndpoints: [],
      },
    });
  }
  assert.ok(replica.last("shutdownComplete"));
});

Deno.test("raft: a shutdown ends in time even if nobody answers, and at once where nobody waits", () => {
  const leader = new TestReplica();
  leader.lead();
  leader.step({ type: "shutdown", timeoutMs: 300 });
  leader.advance(299);
  assert.equal(leader.last("shutdownComplete"), undefined);
  leader.advance(1);
  assert.ok(leader.last("shutdownComplete"));
  const follower = new TestReplica();
  follower.follow(2, 1);
  follower.step({ type: "shutdown", timeoutMs: 300 });
  assert.ok(follower.last("shutdownComplete"));
});

Deno.test("raft: after the shutdown every request is answered, nothing else happens", () => {
  const replica = new TestReplica({ voters: [1] });
  replica.start();
  replica.step({ type: "shutdown", timeoutMs: 300 });
  assert.equal(replica.request(voteRequest(2, 9))?.errorCode, 8);
  assert.equal(replica.request(fetchRequest(2, 1, [0, 0]))?.errorCode, 8);
  replica.propose();
  assert.equal(replica.last("refuseProposal")?.errorCode, 8);
  assert.equal(replica.advance(60_000).length, 0);
  assert.equal(replica.nextDeadlineMs, Infinity);
});

Deno.test("raft: a state machine that cannot go on gives the leadership away", () => {
  const replica = new TestReplica();
  replica.lead();
  replica.step({ type: "resign", leaderEpoch: leaderEpoch(0) });
  assert.equal(replica.raft.role, "leader");
  replica.step({ type: "resign", leaderEpoch: leaderEpoch(1) });
  assert.equal(replica.raft.role, "resigned");
  assert.ok(replica.sent("endQuorumEpoch", 2));
});

Deno.test("raft: who resigned votes for nobody in its epoch and stands again later", () => {
  const replica = new TestReplica();
  replica.lead();
  replica.step({ type: "resign", leaderEpoch: leaderEpoch(1) });
  const far = { lastOffset: offset(9), lastOffsetEpoch: leaderEpoch(1) };
  const vote = replica.request(voteRequest(2, 1, far));
  assert.ok(vote?.type === "vote" && !vote.voteGranted);
  const preVote = replica.request(voteRequest(2, 1, { ...far, preVote: true }));
  assert.ok(preVote?.type === "vote" && preVote.voteGranted);
  replica.advance(1000);
  assert.equal(replica.raft.role, "unattached");
  replica.advance(1000);
  assert.equal(replica.raft.role, "prospective");
});

Deno.test("raft: each request is answered exactly once", () => {
  const replica = new TestReplica();
  replica.lead();
  const effects = [
    ...replica.step({ type: "request", token: 1, request: fetchRequest(2, 1, [3, 1]) }),
    ...replica.step({ type: "request", token: 2, request: fetchRequest(3, 1, [3, 1]) }),
    ...replica.propose(),
    ...replica.advance(10_000),
    ...replica.advance(10_000),
  ];
  assert.ok(replyTo(effects, 1));
  assert.ok(replyTo(effects, 2));
});

Deno.test("raft: a snapshot of uncommitted records is a bug of the driver (KIP-630)", () => {
  const replica = new TestReplica();
  replica.lead();
  const snapshotId = { offset: offset(3), epoch: leaderEpoch(1) };
  assert.throws(() => replica.step({ type: "snapshotCreated", snapshotId }), InvariantError);
});
