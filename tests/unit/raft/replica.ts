/** One replica under test: its peers are whoever the test says answers, its disk never fails unless told to. */

import assert from "node:assert/strict";
import { leaderEpoch, nodeId, type Offset, offset, type Uuid } from "../../../src/core/ids.ts";
import type { Effect, ReplyEffect, SendEffect } from "../../../src/raft/effects.ts";
import type { RaftEvent } from "../../../src/raft/events.ts";
import type {
  FetchedRecords,
  FetchRequest,
  FetchResponse,
  RaftReply,
  RaftRequest,
  VoteRequest,
} from "../../../src/raft/messages.ts";
import { Raft } from "../../../src/raft/raft.ts";
import { DEFAULT_TIMEOUTS, INITIAL_QUORUM_STATE, SUPPORTED_KRAFT_VERSIONS } from "../../../src/raft/types.ts";
import type {
  EpochStart,
  LogSummary,
  QuorumState,
  RaftConfig,
  ReplicaKey,
  Voter,
} from "../../../src/raft/types.ts";

/** The directory that node `id` has in these tests unless another `disk` is named. */
export function key(id: number, disk = 1): ReplicaKey {
  return { id: nodeId(id), directoryId: `disk${disk}ofNode${String(id).padStart(11, "0")}` as Uuid };
}

export function voter(id: number, disk = 1): Voter {
  const endpoints = [{ name: "CONTROLLER", host: `node${id}`, port: 9093 }];
  return { ...key(id, disk), endpoints, ...SUPPORTED_KRAFT_VERSIONS };
}

/** A log of the given epochs: [2, 2, 3] holds three records, the first two of epoch 2. */
export function logOf(epochs: readonly number[], rest: Partial<LogSummary> = {}): LogSummary {
  const from = rest.logStartOffset ?? 0;
  const epochStarts: EpochStart[] = [];
  epochs.forEach((epoch, index) => {
    if (epoch !== epochStarts.at(-1)?.epoch) {
      epochStarts.push({ epoch: leaderEpoch(epoch), startOffset: offset(from + index) });
    }
  });
  return {
    logStartOffset: offset(from),
    logStartEpoch: leaderEpoch(0),
    logEndOffset: offset(from + epochs.length),
    epochStarts,
    latestSnapshot: null,
    voterSets: [],
    kraftVersions: [],
    ...rest,
  };
}

export interface TestReplicaOptions {
  readonly id?: number;
  readonly voters?: readonly number[];
  readonly saved?: Partial<QuorumState>;
  readonly log?: LogSummary;
  readonly config?: Partial<RaftConfig>;
}

type Of<Type extends Effect["type"]> = Extract<Effect, { type: Type }>;
type Request<Type extends RaftRequest["type"]> = Extract<RaftRequest, { type: Type }>;

/** Drives a replica as the contract at the head of raft.ts asks, in virtual time. */
export class TestReplica {
  readonly raft: Raft;
  nowMs = 1000;
  nextDeadlineMs = Infinity;
  /** False: appends and flushes are reported by the test. */
  reportsAppends = true;
  reportsFlushes = true;
  /** Everything since the last call of {@link take}. */
  #effects: Effect[] = [];
  #token = 100;

  constructor(options: TestReplicaOptions = {}) {
    const { id = 1, voters = [1, 2, 3] } = options;
    this.raft = new Raft(
      {
        ...DEFAULT_TIMEOUTS,
        localKey: key(id),
        localEndpoints: voter(id).endpoints,
        canBeVoter: true,
        bootstrapVoters: voters.map((voterId) => voter(voterId)),
        bootstrapKRaftVersion: 1,
        bootstrapServerIds: [],
        random: () => 0,
        ...options.config,
      },
      { ...INITIAL_QUORUM_STATE, ...options.saved },
      options.log ?? logOf([]),
    );
  }

  /** Steps, carries out what the log must do, and returns the effects of it all. */
  step(event: RaftEvent): readonly Effect[] {
    const { effects, nextDeadlineMs } = this.raft.step(event, this.nowMs);
    this.nextDeadlineMs = nextDeadlineMs;
    this.#effects.push(...effects);
    const recordCount = event.type === "propose" ? event.recordCount : 0;
    const appended = effects.map((effect) => endOfAppend(effect, recordCount)).find((end) => end !== null);
    if (appended === undefined || !this.reportsAppends) return effects;
    const rest = [...this.step({ type: "appended", endOffset: appended! })];
    if (this.reportsFlushes) rest.push(...this.flush());
    return [...effects, ...rest];
  }

  start(): readonly Effect[] {
    return this.step({ type: "start" });
  }

  flush(): readonly Effect[] {
    return this.step({ type: "flushed", logEnd: this.raft.logEnd });
  }

  advance(byMs: number): readonly Effect[] {
    this.nowMs += byMs;
    return this.step({ type: "tick" });
  }

  /** Lets time pass until the next deadline. */
  wait(): readonly Effect[] {
    assert.notEqual(this.nextDeadlineMs, Infinity, "there is something to wait for");
    return this.advance(Math.max(0, this.nextDeadlineMs - this.nowMs));
  }

  /** Steps with a request and returns the reply to it, null when it is held back. */
  request(request: RaftRequest): RaftReply | null {
    const token = this.#token++;
    return replyTo(this.step({ type: "request", token, request }), token);
  }

  /** All effects of one type since the start or the last {@link forget}. */
  all<Type extends Effect["type"]>(type: Type): readonly Of<Type>[] {
    return this.#effects.filter((effect): effect is Of<Type> => effect.type === type);
  }

  last<Type extends Effect["type"]>(type: Type): Of<Type> | undefined {
    return this.all(type).at(-1);
  }

  forget(): void {
    this.#effects = [];
  }

  /** The last request of a type that was sent to a node. */
  sent<Type extends RaftRequest["type"]>(
    type: Type,
    to?: number,
  ): (SendEffect & { request: Request<Type> }) | undefined {
    return this.all("send").findLast((effect): effect is SendEffect & { request: Request<Type> } =>
      effect.request.type === type && (to === undefined || effect.to === to)
    );
  }

  /** Answers the last fetch with records of the given epochs where the log ends. */
  answerRecords(
    epochs: readonly number[],
    highWatermark: number,
    rest: Partial<FetchedRecords> = {},
  ): readonly Effect[] {
    const baseOffset = this.raft.logEnd.offset;
    const { epochStarts, logEndOffset } = logOf(epochs, { logStartOffset: baseOffset });
    const records = {
      baseOffset,
      endOffset: logEndOffset,
      epochStarts,
      voterSets: [],
      kraftVersions: [],
      ...rest,
    };
    return this.answerFetch({ records, highWatermark: offset(highWatermark) });
  }

  /** Answers the last fetch. */
  answerFetch(answer: Partial<FetchResponse> = {}): readonly Effect[] {
    const fetch = this.sent("fetch");
    assert.ok(fetch, "a fetch has been sent");
    return this.step({ type: "response", requestId: fetch.requestId, response: this.fetchResponse(answer) });
  }

  fetchResponse(answer: Partial<FetchResponse>): FetchResponse {
    return {
      type: "fetch",
      errorCode: 0,
      leaderId: this.raft.leaderId,
      leaderEpoch: this.raft.leaderEpoch,
      leaderEndpoints: [],
      highWatermark: offset(-1),
      logStartOffset: offset(0),
      divergingEpoch: null,
      snapshotId: null,
      records: null,
      ...answer,
    };
  }

  /** Answers the last vote request to a node. */
  answerVote(from: number, voteGranted: boolean, epoch: number = this.raft.leaderEpoch): readonly Effect[] {
    const sent = this.sent("vote", from);
    assert.ok(sent, `node ${from} has been asked for its vote`);
    return this.step({
      type: "response",
      requestId: sent.requestId,
      response: {
        type: "vote",
        errorCode: 0,
        leaderId: nodeId(-1),
        leaderEpoch: leaderEpoch(epoch),
        leaderEndpoints: [],
        voteGranted,
      },
    });
  }

  /** Starts, waits for the election timeout and wins the election with the votes of everybody else. */
  lead(): readonly Effect[] {
    this.start();
    if (this.raft.isLeader) return [];
    this.advance(DEFAULT_TIMEOUTS.electionTimeoutMs * 2);
    this.#collectVotes();
    this.#collectVotes();
    assert.equal(this.raft.role, "leader");
    return this.#effects;
  }

  #collectVotes(): void {
    const { role } = this.raft;
    for (const { id } of this.raft.voters) {
      if (id === this.raft.describe().leaderId || this.raft.role !== role) continue;
      if (this.sent("vote", id) !== undefined) this.answerVote(id, true);
    }
  }

  /** Starts as a follower of `leaderId`. */
  follow(leaderId: number, epoch: number): void {
    this.start();
    this.request(beginQuorumEpoch(leaderId, epoch));
    assert.equal(this.raft.role, "follower");
  }

  propose(recordCount = 1): readonly Effect[] {
    const { leaderEpoch } = this.raft;
    return this.step({ type: "propose", token: this.#token++, recordCount, leaderEpoch });
  }
}

function endOfAppend(effect: Effect, recordCount: number): Offset | null {
  if (effect.type === "appendControl") return offset(effect.baseOffset + effect.records.length);
  if (effect.type === "appendProposal") return offset(effect.baseOffset + recordCount);
  return effect.type === "appendFetched" ? effect.endOffset : null;
}

export function replyTo(effects: readonly Effect[], token: number): RaftReply | null {
  const replies = effects.filter((effect): effect is ReplyEffect =>
    effect.type === "reply" && effect.token === token
  );
  assert.ok(replies.length <= 1, "a request is answered once");
  return replies[0]?.reply ?? null;
}

export function beginQuorumEpoch(leaderId: number, epoch: number): RaftRequest {
  return {
    type: "beginQuorumEpoch",
    leaderId: nodeId(leaderId),
    leaderEpoch: leaderEpoch(epoch),
    leaderEndpoints: voter(leaderId).endpoints,
    voterKey: { id: nodeId(-1), directoryId: key(1).directoryId },
  };
}

export function voteRequest(from: number, epoch: number, rest: Partial<VoteRequest> = {}): VoteRequest {
  return {
    type: "vote",
    preVote: false,
    replicaKey: key(from),
    replicaEpoch: leaderEpoch(epoch),
    voterKey: key(1),
    lastOffsetEpoch: leaderEpoch(0),
    lastOffset: offset(0),
    ...rest,
  };
}

export function fetchRequest(
  from: number,
  epoch: number,
  at: readonly [fetchOffset: number, lastFetchedEpoch: number],
  rest: Partial<FetchRequest> = {},
): FetchRequest {
  return {
    type: "fetch",
    replicaKey: key(from),
    currentLeaderEpoch: leaderEpoch(epoch),
    fetchOffset: offset(at[0]),
    lastFetchedEpoch: leaderEpoch(at[1]),
    highWatermark: -2,
    maxWaitMs: 500,
    ...rest,
  };
}
