import assert from "node:assert/strict";
import { nodeId } from "../../../src/core/ids.ts";
import { Peers } from "../../../src/raft/peers.ts";
import { DEFAULT_TIMEOUTS, type RaftConfig } from "../../../src/raft/types.ts";
import { key, voteRequest } from "./replica.ts";

const PEER = nodeId(2);
const request = voteRequest(1, 1);

function peers(random: (bound: number) => number = () => 0): Peers {
  const config: RaftConfig = {
    ...DEFAULT_TIMEOUTS,
    localKey: key(1),
    localEndpoints: [],
    canBeVoter: true,
    bootstrapVoters: [],
    bootstrapKRaftVersion: 1,
    bootstrapServerIds: [],
    requestTimeoutMs: 100,
    retryBackoffMs: 20,
    random,
  };
  return new Peers(config);
}

Deno.test("raft peers: one request at a time for each peer", () => {
  const all = peers();
  const requestId = all.sent(PEER, request, 0);
  assert.equal(all.isReady(PEER, 0), false);
  assert.equal(all.isReady(nodeId(3), 0), true);
  assert.equal(all.answered(requestId)?.to, PEER);
  assert.equal(all.isReady(PEER, 0), true);
});

Deno.test("raft peers: an answer counts once, and not after its time", () => {
  const all = peers();
  const first = all.sent(PEER, request, 0);
  assert.equal(all.readyAtMs(PEER), 100);
  all.expire(99);
  assert.equal(all.isReady(PEER, 99), false);
  all.expire(100);
  assert.equal(all.isReady(PEER, 100), true);
  assert.equal(all.answered(first), null);
  const second = all.sent(PEER, request, 100);
  assert.ok(all.answered(second));
  assert.equal(all.answered(second), null);
});

Deno.test("raft peers: each failure in a row doubles the wait, a success ends it", () => {
  const all = peers();
  const waits: number[] = [];
  for (let failure = 0; failure < 7; failure++) {
    all.failed(all.sent(PEER, request, 0), 0);
    waits.push(all.readyAtMs(PEER));
  }
  assert.deepEqual(waits, [20, 40, 80, 160, 320, 500, 500]);
  all.answered(all.sent(PEER, request, 500));
  assert.equal(all.isReady(PEER, 500), true);
  all.failed(all.sent(PEER, request, 500), 500);
  assert.equal(all.readyAtMs(PEER), 520);
});

Deno.test("raft peers: a wait is shorter by chance, by half at most", () => {
  const all = peers((bound) => bound - 1);
  all.failed(all.sent(PEER, request, 0), 0);
  assert.equal(all.readyAtMs(PEER), 10);
});
