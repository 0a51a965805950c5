import assert from "node:assert/strict";
import { InvariantError } from "../../../src/core/assert.ts";
import { leaderEpoch, nodeId, offset } from "../../../src/core/ids.ts";
import { beginQuorumEpoch, key, logOf, TestReplica, voter, voteRequest } from "./replica.ts";

function followerOfTwo(log = logOf([])): TestReplica {
  const replica = new TestReplica({ log });
  replica.follow(2, 3);
  return replica;
}

function grantsPreVote(replica: TestReplica): boolean {
  const reply = replica.request(voteRequest(3, replica.raft.leaderEpoch, { preVote: true }));
  assert.equal(reply?.type, "vote");
  return reply.type === "vote" && reply.voteGranted;
}

Deno.test("raft follower: the leader is durable before it is obeyed", () => {
  const replica = new TestReplica();
  replica.start();
  const effects = replica.step({ type: "request", token: 1, request: beginQuorumEpoch(2, 3) });
  assert.deepEqual(replica.last("persist")?.state, {
    leaderId: nodeId(2),
    leaderEpoch: leaderEpoch(3),
    votedKey: null,
  });
  assert.equal(
    effects.findIndex(({ type }) => type === "persist") < effects.findIndex(({ type }) => type === "reply"),
    true,
  );
});

Deno.test("raft follower: fetches from where its log ends (KIP-595)", () => {
  const replica = followerOfTwo(logOf([1, 1, 2]));
  const fetch = replica.sent("fetch")!;
  assert.equal(fetch.to, 2);
  assert.deepEqual(fetch.endpoints, voter(2).endpoints);
  const { fetchOffset, lastFetchedEpoch, currentLeaderEpoch, replicaKey } = fetch.request;
  assert.deepEqual([fetchOffset, lastFetchedEpoch, currentLeaderEpoch, replicaKey], [3, 2, 3, key(1)]);
});

Deno.test("raft follower: after a restart goes straight back to the leader it knows", () => {
  const saved = { leaderEpoch: leaderEpoch(3), leaderId: nodeId(2) };
  const replica = new TestReplica({ saved });
  replica.start();
  assert.equal(replica.raft.role, "follower");
  assert.equal(replica.sent("fetch")?.to, 2);
});

Deno.test("raft follower: appends what it fetched and fetches on only once that is durable", () => {
  const replica = followerOfTwo();
  replica.reportsFlushes = false;
  const { requestId } = replica.sent("fetch")!;
  replica.answerRecords([1, 1, 3], 2);
  assert.deepEqual(replica.last("appendFetched"), {
    type: "appendFetched",
    requestId,
    baseOffset: offset(0),
    endOffset: offset(3),
  });
  assert.equal(replica.raft.highWatermark, 2);
  assert.equal(replica.sent("fetch")?.requestId, requestId);
  replica.flush();
  assert.deepEqual(replica.sent("fetch")?.request.fetchOffset, 3);
});

Deno.test("raft follower: the high watermark is the leader's as far as the log reaches", () => {
  const replica = followerOfTwo();
  replica.answerRecords([1, 1], 9);
  assert.equal(replica.raft.highWatermark, 2);
  replica.answerFetch({ highWatermark: offset(1) });
  assert.equal(replica.raft.highWatermark, 2);
  replica.answerFetch({ highWatermark: offset(-1) });
  assert.equal(replica.raft.highWatermark, 2);
});

Deno.test("raft follower: cuts what diverges and asks again from there (KIP-595)", () => {
  const replica = followerOfTwo(logOf([1, 1, 2, 2]));
  const effects = replica.answerFetch({ divergingEpoch: { epoch: leaderEpoch(1), offset: offset(5) } });
  assert.equal(replica.last("truncate")?.endOffset, 2);
  assert.ok(
    effects.findIndex(({ type }) => type === "truncate") < effects.findIndex(({ type }) => type === "send"),
  );
  const { fetchOffset, lastFetchedEpoch } = replica.sent("fetch")!.request;
  assert.deepEqual([fetchOffset, lastFetchedEpoch], [2, 1]);
});

Deno.test("raft follower: never cuts committed records", () => {
  const replica = followerOfTwo();
  replica.answerRecords([1, 1, 2], 3);
  assert.throws(
    () => replica.answerFetch({ divergingEpoch: { epoch: leaderEpoch(1), offset: offset(2) } }),
    InvariantError,
  );
});

Deno.test("raft follower: records that do not go on where the log ends are left alone", () => {
  const replica = followerOfTwo(logOf([1]));
  replica.answerRecords([3], 0, { baseOffset: offset(5), endOffset: offset(6) });
  assert.equal(replica.last("appendFetched"), undefined);
});

Deno.test("raft follower: records of an epoch that the leader cannot have are left alone", () => {
  const replica = followerOfTwo(logOf([2]));
  replica.answerRecords([4], 0);
  assert.equal(replica.last("appendFetched"), undefined);
  replica.wait();
  replica.answerRecords([1], 0);
  assert.equal(replica.last("appendFetched"), undefined);
});

Deno.test("raft follower: an answer to a fetch of another epoch is not for its log", () => {
  const replica = followerOfTwo();
  const { requestId } = replica.sent("fetch")!;
  const records = {
    baseOffset: offset(0),
    endOffset: offset(1),
    epochStarts: [{ epoch: leaderEpoch(3), startOffset: offset(0) }],
    voterSets: [],
    kraftVersions: [],
  };
  const late = replica.fetchResponse({ records, highWatermark: offset(1) });
  replica.request(beginQuorumEpoch(3, 4));
  replica.step({ type: "response", requestId, response: late });
  assert.equal(replica.last("appendFetched"), undefined);
  assert.equal(replica.raft.highWatermark, 0);
});

Deno.test("raft follower: doubts a silent leader after the fetch timeout", () => {
  const replica = followerOfTwo();
  replica.advance(1500);
  replica.answerFetch();
  replica.advance(1999);
  assert.equal(replica.raft.role, "follower");
  replica.advance(1);
  assert.equal(replica.raft.role, "prospective");
});

Deno.test("raft follower: stands soon when the leader says that it leads no more", () => {
  const replica = new TestReplica({ config: { random: (bound) => bound - 1 } });
  replica.follow(2, 3);
  replica.answerFetch({ errorCode: 6, leaderId: nodeId(-1) });
  assert.deepEqual([replica.raft.role, replica.raft.leaderId], ["unattached", -1]);
  replica.advance(250);
  assert.equal(replica.raft.role, "prospective");
});

Deno.test("raft follower: stands soon when nobody listens where the leader was, waits when a request is just lost", () => {
  const lost = followerOfTwo();
  lost.step({ type: "requestFailed", requestId: lost.sent("fetch")!.requestId });
  lost.advance(250);
  assert.equal(lost.raft.role, "follower");
  const refused = followerOfTwo();
  refused.answerFetch();
  assert.equal(grantsPreVote(refused), false);
  refused.step({ type: "requestFailed", requestId: refused.sent("fetch")!.requestId, refused: true });
  // It knows of no living leader any more: so it lets others stand, too (KIP-996).
  assert.equal(grantsPreVote(refused), true);
  refused.advance(20);
  assert.equal(refused.raft.role, "prospective");
});

Deno.test("raft follower: the second in line lets the first one stand, and both go on when the leader is back", () => {
  const second = new TestReplica({ id: 3, voters: [1, 2, 3] });
  second.follow(1, 3);
  second.answerFetch();
  second.step({ type: "requestFailed", requestId: second.sent("fetch")!.requestId, refused: true });
  second.advance(30);
  assert.equal(second.raft.role, "follower");
  assert.equal(second.sent("fetch")?.to, 1);
  second.answerFetch();
  second.advance(500);
  assert.equal(second.raft.role, "follower");
});

Deno.test("raft follower: an observer whose leader is gone asks around, less and less often", () => {
  const observer = new TestReplica({ id: 9, config: { random: () => 0 } });
  observer.follow(2, 3);
  const waits: number[] = [];
  for (let round = 0; round < 6; round++) {
    const { requestId, to } = observer.sent("fetch")!;
    assert.equal(to, 2);
    observer.step({ type: "requestFailed", requestId, refused: true });
    const lostMs = observer.nowMs;
    assert.deepEqual([observer.raft.role, observer.raft.leaderId], ["unattached", -1]);
    observer.wait();
    waits.push(observer.nowMs - lostMs);
    // Those that are asked know no better yet.
    observer.answerFetch({ errorCode: 6, leaderId: nodeId(2) });
  }
  assert.deepEqual(waits, [40, 80, 160, 320, 500, 500]);
});

Deno.test("raft follower: who heard the leader give up does not follow it again on the word of others", () => {
  const replica = followerOfTwo();
  const end = { leaderId: nodeId(2), leaderEpoch: leaderEpoch(3), leaderEndpoints: voter(2).endpoints };
  replica.request({ type: "endQuorumEpoch", ...end, preferredCandidates: [key(1), key(3)] });
  assert.equal(replica.raft.role, "prospective");
  // It has not heard yet, so it refuses, and names the old leader.
  const named = { errorCode: 0, leaderId: nodeId(2), leaderEpoch: leaderEpoch(3), leaderEndpoints: [] };
  const { requestId } = replica.sent("vote", 3)!;
  replica.step({ type: "response", requestId, response: { type: "vote", ...named, voteGranted: false } });
  assert.deepEqual([replica.raft.role, replica.raft.leaderId], ["prospective", -1]);
  replica.answerVote(2, false);
  assert.equal(replica.raft.role, "unattached");
  replica.advance(50);
  assert.equal(replica.raft.role, "prospective");
});

Deno.test("raft follower: learns of newer leaders from any answer", () => {
  const replica = followerOfTwo();
  replica.answerFetch({ errorCode: 74, leaderId: nodeId(3), leaderEpoch: leaderEpoch(5) });
  assert.deepEqual([replica.raft.role, replica.raft.leaderId, replica.raft.leaderEpoch], ["follower", 3, 5]);
  assert.equal(replica.sent("fetch")?.to, 3);
});

Deno.test("raft follower: an older leader is told of the newer epoch and not followed", () => {
  const replica = followerOfTwo();
  const reply = replica.request(beginQuorumEpoch(3, 2));
  assert.deepEqual([reply?.errorCode, reply?.leaderId, reply?.leaderEpoch], [74, 2, 3]);
  assert.equal(replica.raft.leaderId, 2);
});

Deno.test("raft follower: who knows no leader asks the voters and the bootstrap servers (KIP-853)", () => {
  const config = { bootstrapServerIds: [nodeId(-2), nodeId(-3)], random: (bound: number) => bound - 1 };
  const replica = new TestReplica({ id: 9, voters: [], config });
  replica.start();
  const search = replica.sent("fetch")!;
  assert.deepEqual([search.to, search.endpoints, search.request.maxWaitMs], [-3, [], 0]);
  const leaderEndpoints = voter(2).endpoints;
  replica.answerFetch({ errorCode: 74, leaderId: nodeId(2), leaderEpoch: leaderEpoch(4), leaderEndpoints });
  const fetch = replica.sent("fetch")!;
  assert.deepEqual([fetch.to, fetch.endpoints, fetch.request.currentLeaderEpoch], [2, leaderEndpoints, 4]);
});

Deno.test("raft follower: an observer searches anew when the leader is silent, and votes are none of its business", () => {
  const replica = new TestReplica({ id: 4 });
  replica.follow(2, 3);
  replica.advance(2000);
  assert.deepEqual([replica.raft.role, replica.raft.leaderId], ["unattached", -1]);
  assert.ok(replica.sent("fetch"));
  assert.equal(replica.sent("vote"), undefined);
});

Deno.test("raft follower: a snapshot comes piece by piece and replaces the log (KIP-630)", () => {
  const replica = followerOfTwo(logOf([1, 1]));
  const snapshotId = { offset: offset(10), epoch: leaderEpoch(2) };
  replica.answerFetch({ snapshotId });
  const answer = (length: number) => {
    const { requestId, request } = replica.sent("fetchSnapshot")!;
    const info = { errorCode: 0, leaderId: nodeId(2), leaderEpoch: leaderEpoch(3), leaderEndpoints: [] };
    replica.step({
      type: "response",
      requestId,
      response: { type: "fetchSnapshot", ...info, snapshotId, position: request.position, length, size: 100 },
    });
  };
  assert.equal(replica.sent("fetchSnapshot")?.request.position, 0);
  answer(60);
  assert.equal(replica.sent("fetchSnapshot")?.request.position, 60);
  replica.advance(1900);
  answer(40);
  assert.deepEqual(replica.last("installSnapshot")?.snapshotId, snapshotId);
  const voters = { offset: offset(-1), voters: [voter(1), voter(2)] };
  replica.step({ type: "snapshotInstalled", snapshotId, voters, kraftVersion: null });
  assert.deepEqual(replica.raft.logEnd, snapshotId);
  assert.equal(replica.raft.highWatermark, 10);
  assert.deepEqual(replica.raft.voters.map(({ id }) => id), [1, 2]);
  const { fetchOffset, lastFetchedEpoch } = replica.sent("fetch")!.request;
  assert.deepEqual([fetchOffset, lastFetchedEpoch], [10, 2]);
});

Deno.test("raft follower: a snapshot that is gone, or unusable, is asked for anew", () => {
  const replica = followerOfTwo();
  const snapshotId = { offset: offset(10), epoch: leaderEpoch(2) };
  replica.answerFetch({ snapshotId });
  const info = { leaderId: nodeId(2), leaderEpoch: leaderEpoch(3), leaderEndpoints: [] };
  const piece = { type: "fetchSnapshot", ...info, snapshotId, position: 0, length: 5, size: 5 } as const;
  const first = replica.sent("fetchSnapshot")!;
  replica.step({ type: "response", requestId: first.requestId, response: { ...piece, errorCode: 98 } });
  replica.forget();
  replica.wait();
  assert.ok(replica.sent("fetch"));
  replica.answerFetch({ snapshotId });
  const second = replica.sent("fetchSnapshot")!;
  replica.step({ type: "response", requestId: second.requestId, response: { ...piece, errorCode: 0 } });
  replica.step({ type: "snapshotRefused", snapshotId });
  replica.forget();
  replica.wait();
  assert.ok(replica.sent("fetch"));
  assert.equal(replica.raft.logEnd.offset, 0);
});

Deno.test("raft follower: records that could not be written are fetched again", () => {
  const replica = followerOfTwo();
  replica.reportsAppends = false;
  replica.answerRecords([3], 1);
  replica.step({ type: "appendFailed" });
  assert.equal(replica.raft.highWatermark, 0);
  replica.forget();
  replica.wait();
  assert.equal(replica.sent("fetch")?.request.fetchOffset, 0);
});

Deno.test("raft follower: a voter set counts from its append on and goes when it is cut off (KIP-853)", () => {
  const replica = followerOfTwo(logOf([1]));
  const voterSets = [{ offset: offset(1), voters: [voter(1), voter(2)] }];
  replica.answerRecords([2], 1, { voterSets });
  assert.deepEqual(replica.last("votersChanged")?.voters.length, 2);
  replica.answerFetch({ divergingEpoch: { epoch: leaderEpoch(1), offset: offset(1) } });
  assert.deepEqual(replica.last("votersChanged")?.voters.length, 3);
});

Deno.test("raft follower: the first successor of a resigning leader stands at once, others later (KIP-595)", () => {
  const end = (candidates: readonly number[]) => ({
    type: "endQuorumEpoch",
    leaderId: nodeId(2),
    leaderEpoch: leaderEpoch(3),
    leaderEndpoints: [],
    preferredCandidates: candidates.map((id) => key(id)),
  } as const);
  const first = followerOfTwo();
  first.request(end([1, 3]));
  assert.equal(first.raft.role, "prospective");
  const second = followerOfTwo();
  second.request(end([3, 1]));
  assert.deepEqual([second.raft.role, second.raft.leaderId], ["unattached", -1]);
  assert.ok(second.nextDeadlineMs > second.nowMs && second.nextDeadlineMs <= second.nowMs + 1000);
  const stale = followerOfTwo();
  assert.equal(stale.request({ ...end([1]), leaderEpoch: leaderEpoch(2) })?.errorCode, 74);
  assert.equal(stale.raft.role, "follower");
});
