import assert from "node:assert/strict";
import { leaderEpoch, nodeId, offset } from "../../../src/core/ids.ts";
import { ZERO_UUID } from "../../../src/core/uuid.ts";
import type { ControlRecord, Effect } from "../../../src/raft/effects.ts";
import type { RaftReply, RaftRequest } from "../../../src/raft/messages.ts";
import type { Voter } from "../../../src/raft/types.ts";
import { fetchRequest, key, logOf, replyTo, TestReplica, type TestReplicaOptions, voter } from "./replica.ts";

const TOKEN = 1;

/** A leader of epoch 1 that has committed its first three records, if `isReady`. */
function leader(options: TestReplicaOptions = {}, isReady = true): TestReplica {
  const replica = new TestReplica(options);
  replica.lead();
  if (isReady && replica.raft.voters.length > 1) replica.request(fetchRequest(2, 1, [3, 1]));
  replica.forget();
  return replica;
}

function ask(replica: TestReplica, request: RaftRequest): RaftReply | null {
  return replyTo(replica.step({ type: "request", token: TOKEN, request }), TOKEN);
}

const add = (newcomer: Voter, rest: { ackWhenCommitted?: boolean } = {}): RaftRequest => ({
  type: "addVoter",
  voter: newcomer,
  timeoutMs: 1000,
  ackWhenCommitted: true,
  ...rest,
});
const remove = (id: number, disk = 1): RaftRequest => ({
  type: "removeVoter",
  voterKey: key(id, disk),
  timeoutMs: 1000,
});
const update = (changed: Voter, epoch = 1): RaftRequest => ({
  type: "updateVoter",
  currentLeaderEpoch: leaderEpoch(epoch),
  voter: changed,
});

function votersIn(record: ControlRecord | undefined): readonly number[] | undefined {
  return record?.type === "voters" ? record.voters.map(({ id }) => id) : undefined;
}

function outcome(effects: readonly Effect[]): number | undefined {
  return replyTo(effects, TOKEN)?.errorCode;
}

Deno.test("raft voters: a newcomer that has caught up is added, in force at once, answered when committed (KIP-853)", () => {
  const replica = leader();
  replica.request(fetchRequest(4, 1, [3, 1]));
  assert.equal(ask(replica, add(voter(4))), null);
  assert.deepEqual(votersIn(replica.last("appendControl")?.records[0]), [1, 2, 3, 4]);
  assert.equal(replica.raft.voters.length, 4);
  // Two of four are no majority.
  assert.equal(
    outcome(replica.step({ type: "request", token: 5, request: fetchRequest(2, 1, [4, 1]) })),
    undefined,
  );
  assert.equal(replica.raft.highWatermark, 3);
  const effects = replica.step({ type: "request", token: 6, request: fetchRequest(4, 1, [4, 1]) });
  assert.equal(outcome(effects), 0);
  assert.equal(replica.raft.highWatermark, 4);
});

Deno.test("raft voters: a newcomer is awaited until it has caught up, or the time is over (KIP-853)", () => {
  const replica = leader();
  assert.equal(ask(replica, add(voter(4))), null);
  replica.request(fetchRequest(4, 1, [0, 0]));
  assert.equal(replica.last("appendControl"), undefined);
  replica.request(fetchRequest(4, 1, [3, 1]));
  assert.ok(replica.last("appendControl"));

  const late = leader();
  ask(late, add(voter(4)));
  assert.equal(outcome(late.advance(999)), undefined);
  assert.equal(outcome(late.advance(1)), 7);
  assert.equal(late.last("appendControl"), undefined);
});

Deno.test("raft voters: an answer need not wait for the commit (KIP-1186)", () => {
  const replica = leader();
  replica.request(fetchRequest(4, 1, [3, 1]));
  assert.equal(ask(replica, add(voter(4), { ackWhenCommitted: false }))?.errorCode, 0);
  assert.equal(replica.raft.highWatermark, 3);
});

Deno.test("raft voters: nothing changes before the leader has committed a record of its epoch (Ongaro, raft-dev 2015)", () => {
  const replica = new TestReplica();
  replica.follow(2, 1);
  const voterSets = [{ offset: offset(2), voters: [voter(1), voter(2), voter(3)] }];
  replica.answerRecords([1, 1, 1], 3, { voterSets });
  replica.advance(2000);
  for (let round = 0; round < 2; round++) replica.answerVote(3, true);
  // The voter set itself is committed, but perhaps not the newest that the former leader has written.
  assert.deepEqual([replica.raft.role, replica.raft.highWatermark], ["leader", 3]);
  assert.equal(ask(replica, remove(2))?.errorCode, 7);
  replica.request(fetchRequest(3, 2, [4, 2]));
  assert.equal(ask(replica, remove(2)), null);
});

Deno.test("raft voters: one change at a time (Raft thesis 4.1)", () => {
  const replica = leader();
  ask(replica, remove(3));
  assert.equal(replica.raft.voters.length, 2);
  const second = replica.request(remove(2));
  assert.equal(second?.errorCode, 7);
});

Deno.test("raft voters: a change that timed out still stands in the way of the next until it is committed", () => {
  const replica = leader();
  ask(replica, remove(3));
  assert.equal(outcome(replica.advance(1000)), 7);
  assert.equal(replica.request(remove(2))?.errorCode, 7);
  replica.request(fetchRequest(2, 1, [4, 1]));
  assert.equal(replica.request(remove(2))?.errorCode, 0);
});

Deno.test("raft voters: requests that make no sense are refused with Kafka's codes", () => {
  const replica = leader();
  assert.equal(ask(replica, add(voter(2, 9)))?.errorCode, 126);
  assert.equal(ask(replica, remove(9))?.errorCode, 127);
  assert.equal(ask(replica, remove(2, 9))?.errorCode, 127);
  assert.equal(ask(replica, add({ ...voter(4), endpoints: [] }))?.errorCode, 42);
  assert.equal(ask(replica, add({ ...voter(4), maxKRaftVersion: 0 }))?.errorCode, 95);
  assert.equal(ask(leader({ voters: [1] }), remove(1))?.errorCode, 42);
  const follower = new TestReplica();
  follower.follow(2, 1);
  assert.deepEqual([ask(follower, remove(3))?.errorCode, ask(follower, remove(3))?.leaderId], [6, 2]);
});

Deno.test("raft voters: a static quorum does not change (kraft.version 0)", () => {
  const replica = leader({ config: { bootstrapKRaftVersion: 0 } });
  assert.equal(ask(replica, add(voter(4)))?.errorCode, 35);
  assert.equal(ask(replica, remove(3))?.errorCode, 35);
});

Deno.test("raft voters: a leader that is removed leads until that is committed, without counting itself (KIP-853)", () => {
  const replica = leader();
  ask(replica, remove(1));
  assert.equal(replica.raft.isVoter, false);
  replica.request(fetchRequest(2, 1, [4, 1]));
  assert.deepEqual([replica.raft.role, replica.raft.highWatermark], ["leader", 3]);
  const effects = replica.step({ type: "request", token: 6, request: fetchRequest(3, 1, [4, 1]) });
  assert.deepEqual([outcome(effects), replica.raft.role, replica.raft.highWatermark], [0, "resigned", 4]);
  assert.ok(replica.sent("endQuorumEpoch", 2) && replica.sent("endQuorumEpoch", 3));
  replica.advance(60_000);
  replica.advance(60_000);
  assert.equal(replica.sent("vote"), undefined);
});

Deno.test("raft voters: who is on the way out still stands while that may not be committed (Raft thesis 4.2.2)", () => {
  const voterSets = [{ offset: offset(2), voters: [1, 2, 3].map((id) => voter(id)) }, {
    offset: offset(3),
    voters: [voter(2), voter(3)],
  }];
  const replica = new TestReplica({
    log: logOf([1, 1, 1, 1], { voterSets }),
    saved: { leaderEpoch: leaderEpoch(1) },
  });
  replica.start();
  assert.equal(replica.raft.isVoter, false);
  replica.advance(1000);
  assert.equal(replica.raft.role, "prospective");
  replica.answerVote(2, true);
  // Its own vote does not count: one of two is no majority.
  assert.equal(replica.raft.role, "prospective");
  replica.answerVote(3, true);
  replica.answerVote(2, true);
  replica.answerVote(3, true);
  assert.equal(replica.raft.role, "leader");
  replica.request(fetchRequest(2, 2, [5, 2]));
  replica.request(fetchRequest(3, 2, [5, 2]));
  assert.deepEqual([replica.raft.highWatermark, replica.raft.role], [5, "resigned"]);
});

Deno.test("raft voters: an old disk of a voter does not count its vote for the new one (KIP-853)", () => {
  const voterSets = [{ offset: offset(2), voters: [voter(1), voter(2)] }, {
    offset: offset(3),
    voters: [voter(1, 2), voter(2)],
  }];
  const replica = new TestReplica({ log: logOf([1, 1, 1, 1], { voterSets }) });
  replica.start();
  replica.advance(1000);
  replica.answerVote(2, true);
  assert.equal(replica.raft.role, "prospective");
});

Deno.test("raft voters: a voter's new endpoints go into the log (KIP-853)", () => {
  const replica = leader();
  const moved = { ...voter(2), endpoints: [{ name: "CONTROLLER", host: "elsewhere", port: 1 }] };
  assert.equal(ask(replica, update(voter(2)))?.errorCode, 0);
  assert.equal(replica.last("appendControl"), undefined);
  assert.equal(ask(replica, update(moved)), null);
  assert.equal(replica.raft.voters.find(({ id }) => id === 2)?.endpoints[0]?.host, "elsewhere");
  const effects = replica.step({ type: "request", token: 6, request: fetchRequest(2, 1, [4, 1]) });
  assert.equal(outcome(effects), 0);
  assert.equal(ask(replica, update(voter(4)))?.errorCode, 127);
  assert.equal(ask(replica, update(moved, 0))?.errorCode, 74);
  assert.equal(ask(replica, update(moved, 2))?.errorCode, 75);
});

Deno.test("raft voters: new endpoints of a static voter last as long as the leader (kraft.version 0)", () => {
  const replica = leader({ config: { bootstrapKRaftVersion: 0 } }, false);
  replica.request(fetchRequest(2, 1, [1, 1]));
  const moved = { ...voter(2), endpoints: [{ name: "CONTROLLER", host: "elsewhere", port: 1 }] };
  assert.equal(ask(replica, update(moved))?.errorCode, 0);
  assert.equal(replica.last("votersChanged")?.voters[1]?.endpoints[0]?.host, "elsewhere");
  assert.equal(replica.last("appendControl"), undefined);
});

Deno.test("raft voters: a voter whose own entry is old tells the leader (KIP-853)", () => {
  const localEndpoints = [{ name: "CONTROLLER", host: "elsewhere", port: 1 }];
  const replica = new TestReplica({ config: { localEndpoints } });
  replica.follow(2, 1);
  assert.equal(replica.sent("updateVoter"), undefined);
  replica.answerFetch();
  assert.deepEqual(replica.sent("updateVoter")?.request.voter, { ...voter(1), endpoints: localEndpoints });
  replica.answerFetch();
  assert.equal(replica.all("send").filter(({ request }) => request.type === "updateVoter").length, 1);
});

Deno.test("raft voters: a leader whose own entry is old puts it right", () => {
  const localEndpoints = [{ name: "CONTROLLER", host: "elsewhere", port: 1 }];
  const replica = new TestReplica({ voters: [1], config: { localEndpoints } });
  replica.start();
  assert.deepEqual(replica.raft.voters[0]?.endpoints, localEndpoints);
  assert.equal(replica.raft.highWatermark, 4);
});

Deno.test("raft voters: an observer that has caught up asks to join, its lost disk's entry goes first (KIP-1186)", () => {
  const newcomer = new TestReplica({ id: 4, config: { autoJoin: true } });
  newcomer.follow(2, 1);
  newcomer.answerRecords([1], 2);
  assert.equal(newcomer.sent("addVoter"), undefined);
  newcomer.advance(500 - 1);
  newcomer.answerRecords([1], 2);
  newcomer.advance(1);
  assert.deepEqual(newcomer.sent("addVoter")?.request.voter, voter(4));
  assert.equal(newcomer.sent("addVoter")?.to, 2);

  const replaced = new TestReplica({ id: 3, config: { autoJoin: true, localKey: key(3, 2) } });
  replaced.follow(2, 1);
  replaced.answerFetch({ highWatermark: offset(0) });
  assert.deepEqual(replaced.sent("removeVoter")?.request.voterKey, key(3, 1));
  const plain = new TestReplica({ id: 4 });
  plain.follow(2, 1);
  plain.answerFetch({ highWatermark: offset(0) });
  assert.equal(plain.sent("addVoter"), undefined);
});

Deno.test("raft voters: who was voted out does not come back before it is started again (KAFKA-19850)", () => {
  const log = logOf([1], { voterSets: [{ offset: offset(0), voters: [voter(1), voter(2), voter(4)] }] });
  const removed = new TestReplica({ id: 4, log, config: { autoJoin: true } });
  removed.follow(2, 1);
  removed.answerFetch({ highWatermark: offset(1) });
  assert.equal(removed.raft.hasJoined, true);
  const voterSets = [{ offset: offset(1), voters: [voter(1), voter(2)] }];
  const epochStarts = [{ epoch: leaderEpoch(1), startOffset: offset(1) }];
  const records = { baseOffset: offset(1), endOffset: offset(2), epochStarts, voterSets, kraftVersions: [] };
  removed.answerFetch({ records, highWatermark: offset(2) });
  assert.equal(removed.raft.isVoter, false);
  for (let round = 0; round < 5; round++) {
    removed.answerFetch({ highWatermark: offset(2) });
    removed.advance(500);
  }
  assert.equal(removed.sent("addVoter"), undefined);
});

Deno.test("raft voters: who was voted in and out in one step has been a voter (KAFKA-19850)", () => {
  const removed = new TestReplica({ id: 4, config: { autoJoin: true } });
  removed.follow(2, 1);
  const voterSets = [[voter(1), voter(2), voter(4)], [voter(1), voter(2)]]
    .map((voters, at) => ({ offset: offset(at), voters }));
  const epochStarts = [{ epoch: leaderEpoch(1), startOffset: offset(0) }];
  const records = { baseOffset: offset(0), endOffset: offset(2), epochStarts, voterSets, kraftVersions: [] };
  removed.answerFetch({ records, highWatermark: offset(2) });
  for (let round = 0; round < 5; round++) {
    removed.answerFetch({ highWatermark: offset(2) });
    removed.advance(500);
  }
  assert.equal(removed.sent("addVoter"), undefined);
});

Deno.test("raft voters: two live nodes with one id do not throw each other out; a lost disk's entry goes", () => {
  const replica = leader();
  const end = [Number(replica.raft.logEnd.offset), 1] as const;
  const fetch = (from: ReturnType<typeof key>) =>
    replica.request(fetchRequest(from.id, 1, end, { replicaKey: from }));
  fetch(key(3));
  fetch(key(3, 2));
  assert.equal(ask(replica, remove(3))?.errorCode, 42);
  // The one with the old disk is silent from now on.
  for (let round = 0; round < 5; round++) {
    replica.advance(500);
    fetch(key(2));
    fetch(key(3, 2));
  }
  ask(replica, remove(3));
  assert.deepEqual(replica.raft.voters.map(({ id }) => id), [1, 2]);
});

Deno.test("raft voters: who waits for a change is told when the leader goes", () => {
  const replica = leader();
  ask(replica, remove(3));
  const effects = replica.step({
    type: "request",
    token: 9,
    request: {
      type: "beginQuorumEpoch",
      leaderId: nodeId(3),
      leaderEpoch: leaderEpoch(2),
      leaderEndpoints: [],
      voterKey: key(1),
    },
  });
  assert.equal(outcome(effects), 6);
});

Deno.test("raft voters: a static quorum becomes a dynamic one once all have told their directories (KIP-853)", () => {
  const staticVoters = [1, 2, 3].map((id) => ({ ...voter(id), directoryId: ZERO_UUID }));
  const replica = leader({ config: { bootstrapKRaftVersion: 0, bootstrapVoters: staticVoters } }, false);
  const upgrade = { type: "upgradeKRaftVersion", kraftVersion: 1, timeoutMs: 1000 } as const;
  const token = TOKEN;
  const outcomeOf = () => outcome(replica.step({ type: "request", token, request: upgrade }));
  assert.equal(outcomeOf(), 7);
  replica.request(fetchRequest(2, 1, [1, 1]));
  assert.equal(replica.raft.highWatermark, 1);
  assert.equal(outcomeOf(), 7);
  replica.request(fetchRequest(3, 1, [1, 1]));
  replica.advance(2900);
  replica.request(fetchRequest(2, 1, [1, 1]));
  assert.equal(outcomeOf(), undefined);
  assert.deepEqual(replica.last("appendControl")?.records, [
    { type: "kraftVersion", kraftVersion: 1 },
    { type: "voters", voters: [voter(1), voter(2), voter(3)] },
  ]);
  // What was known of the voters is known of them under their new keys: nobody seems to be silent.
  replica.advance(200);
  assert.equal(replica.raft.role, "leader");
  assert.equal(replica.raft.describe().voters[1]?.logEndOffset, 1);
  assert.equal(outcome(replica.step({ type: "request", token: 5, request: fetchRequest(2, 1, [3, 1]) })), 0);
  assert.equal(replica.raft.kraftVersion, 1);
  assert.equal(replica.request(remove(3)), null);
});

Deno.test("raft voters: who still believes in a static set cannot take a directory out of the dynamic one", () => {
  const replica = leader();
  const endpoints = [{ name: "CONTROLLER", host: "elsewhere", port: 1 }];
  ask(replica, update({ ...voter(2), directoryId: ZERO_UUID, endpoints }));
  assert.deepEqual(replica.raft.voters[1], { ...voter(2), endpoints });
});

Deno.test("raft voters: a snapshot of a static quorum takes back what the lost log said of voters", () => {
  const staticVoters = [1, 2, 3].map((id) => ({ ...voter(id), directoryId: ZERO_UUID }));
  const voterSets = [{ offset: offset(2), voters: [1, 2, 3].map((id) => voter(id)) }];
  const kraftVersions = [{ offset: offset(1), version: 1 }];
  const replica = new TestReplica({
    log: logOf([1, 1, 1], { voterSets, kraftVersions }),
    config: { bootstrapKRaftVersion: 0, bootstrapVoters: staticVoters },
  });
  replica.follow(2, 3);
  const snapshotId = { offset: offset(5), epoch: leaderEpoch(2) };
  replica.answerFetch({ snapshotId });
  const info = { errorCode: 0, leaderId: nodeId(2), leaderEpoch: leaderEpoch(3), leaderEndpoints: [] };
  const { requestId } = replica.sent("fetchSnapshot")!;
  replica.step({
    type: "response",
    requestId,
    response: { type: "fetchSnapshot", ...info, snapshotId, position: 0, length: 9, size: 9 },
  });
  replica.step({ type: "snapshotInstalled", snapshotId, voters: null, kraftVersion: null });
  assert.deepEqual([replica.raft.voters, replica.raft.kraftVersion], [staticVoters, 0]);
});
