/**
 * The state of one replica and the effects of the step that is running. The rules live beside it: transitions.ts,
 * election.ts, follower.ts, leader.ts, membership.ts. Nothing outside this folder sees it.
 */

import { assert } from "../core/assert.ts";
import { type LeaderEpoch, NO_EPOCH, NO_NODE, type NodeId, type Offset, offset } from "../core/ids.ts";
import type { Effect } from "./effects.ts";
import { NONE } from "./error_codes.ts";
import { LogState } from "./log_state.ts";
import type { LeaderInfo, RaftReply, RaftRequest } from "./messages.ts";
import { Peers } from "./peers.ts";
import type { PendingWork, RoleState } from "./role_state.ts";
import type { Endpoint, LogSummary, QuorumState, RaftConfig, ReplicaKey } from "./types.ts";
import { keyText, VoterHistory } from "./voters.ts";

export class Replica {
  readonly config: RaftConfig;
  readonly log: LogState;
  readonly voters: VoterHistory;
  readonly peers: Peers;

  epoch: LeaderEpoch;
  votedKey: ReplicaKey | null;
  leaderId: NodeId;
  leaderEndpoints: readonly Endpoint[] = [];
  state: RoleState = { role: "unattached", electionDeadlineMs: Infinity };
  highWatermark: Offset;
  pending: PendingWork | null = null;
  /** When a shutdown that has begun must be over; null: none has begun. */
  shutdownDeadlineMs: number | null = null;
  isClosed = false;
  /** It has been a voter since it was started. */
  hasJoined = false;
  /** Elections in a row that this replica has lost. */
  lostElections = 0;
  /** The newest epoch whose leader has said that it leads no more: whoever names it as the leader knows less. */
  endedEpoch: LeaderEpoch = NO_EPOCH;
  /** Leaders in a row whose processes were gone before they answered. */
  lostLeaders = 0;
  /** Before that nobody is asked who leads: those who could know need a moment to find out. */
  searchAtMs = 0;

  nowMs = 0;
  effects: Effect[] = [];
  /** Where the log ended when this replica was started: what follows it has seen happen. */
  readonly #firstEndOffset: Offset;
  #persisted: string;
  #persistedVote: string;
  #announced = "";

  constructor(config: RaftConfig, saved: QuorumState, log: LogSummary) {
    this.config = config;
    this.log = new LogState(log);
    this.#firstEndOffset = this.log.logEndOffset;
    this.voters = new VoterHistory(
      [{ offset: offset(-1), voters: config.bootstrapVoters }, ...log.voterSets],
      [{ offset: offset(-1), version: config.bootstrapKRaftVersion }, ...log.kraftVersions],
    );
    this.peers = new Peers(config);
    this.epoch = saved.leaderEpoch;
    this.votedKey = saved.votedKey;
    this.leaderId = saved.leaderId;
    this.highWatermark = log.latestSnapshot?.offset ?? log.logStartOffset;
    this.#persisted = quorumStateText(saved);
    this.#persistedVote = voteText(saved);
  }

  get localKey(): ReplicaKey {
    return this.config.localKey;
  }

  /** Whether this replica votes. A disk other than the voter set's makes it an observer (KIP-853). */
  get isVoter(): boolean {
    return this.config.canBeVoter && this.voters.includes(this.localKey);
  }

  /** Whether this replica stands for election, which it does a little longer than it votes. */
  get canStand(): boolean {
    return this.config.canBeVoter && this.voters.mayNeed(this.localKey);
  }

  /** Whether this replica alone is the quorum. */
  get isOnlyVoter(): boolean {
    return this.isVoter && this.voters.voters.length === 1;
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  /**
   * Asks for `quorum-state` to be made durable, before whatever is emitted later (Raft section 5.1: a server
   * answers only after its term and vote are on stable storage). Of several in a row, with nothing between them
   * that anybody else can see, only the last is needed: a single node syncs once when it starts.
   */
  persist(): void {
    const state = { leaderId: this.leaderId, leaderEpoch: this.epoch, votedKey: this.votedKey };
    const text = quorumStateText(state);
    if (text === this.#persisted) return;
    // That a leader is gone need not be remembered: a restart would follow it, hear so, and go on.
    if (state.leaderId === NO_NODE && voteText(state) === this.#persistedVote) return;
    this.#persisted = text;
    this.#persistedVote = voteText(state);
    let first = this.effects.length;
    while (first > 0 && isPrivate(this.effects[first - 1]!)) first--;
    this.effects.length = first;
    this.emit({ type: "persist", state });
  }

  /** Tells the driver who leads, if that is news. */
  announceLeader(): void {
    const text = `${this.leaderId}@${this.epoch}`;
    if (text === this.#announced) return;
    this.#announced = text;
    this.emit({
      type: "leaderChanged",
      leaderId: this.leaderId,
      leaderEpoch: this.epoch,
      isLocal: this.state.role === "leader",
    });
  }

  send(to: NodeId, endpoints: readonly Endpoint[], request: RaftRequest): void {
    const requestId = this.peers.sent(to, request, this.nowMs);
    this.emit({ type: "send", requestId, to, endpoints, request });
  }

  reply(token: number, reply: RaftReply): void {
    this.emit({ type: "reply", token, reply });
  }

  /** What this replica says of the leader in every reply. */
  leaderInfo(errorCode: number = NONE): LeaderInfo {
    const isLocal = this.leaderId === this.localKey.id;
    return {
      errorCode,
      leaderId: this.leaderId,
      leaderEpoch: this.epoch,
      leaderEndpoints: isLocal ? this.config.localEndpoints : this.leaderEndpoints,
    };
  }

  /** Moves the high watermark forward; it never moves back. */
  advanceHighWatermark(to: Offset): boolean {
    if (to <= this.highWatermark) return false;
    assert(to <= this.log.logEndOffset, `the high watermark ${to} is within the log`);
    this.highWatermark = to;
    // Being voted in and out again may be committed in one step.
    if (this.voters.hadBetween(this.#firstEndOffset, to, this.localKey)) this.hasJoined = true;
    this.voters.trimBelow(to);
    this.emit({ type: "highWatermark", offset: to });
    return true;
  }

  /** Cuts the log where it departs from the leader's. */
  truncateTo(endOffset: Offset): void {
    if (endOffset >= this.log.logEndOffset) return;
    assert(
      endOffset >= this.highWatermark,
      `committed records stay: the log would be cut at ${endOffset}, below the high watermark ${this.highWatermark}`,
    );
    this.log.truncateTo(endOffset);
    this.emit({ type: "truncate", endOffset });
    const before = this.voters.latest;
    this.voters.truncateTo(endOffset);
    if (this.voters.latest !== before) this.emit({ type: "votersChanged", voters: this.voters.voters });
  }

  /**
   * When to doubt the leader. Its last answers reach all followers together, so without a random part they would
   * all stand for election in the same moment and split the votes.
   */
  fetchDeadlineMs(): number {
    const { fetchTimeoutMs, electionTimeoutMs, random } = this.config;
    return this.nowMs + fetchTimeoutMs + random(Math.floor(electionTimeoutMs / 4) + 1);
  }

  /** An election timeout with its random part (Raft section 5.2). */
  randomElectionTimeoutMs(): number {
    return this.config.electionTimeoutMs + this.config.random(this.config.electionTimeoutMs + 1);
  }
}

/** Whether an effect stays in this process and a later one of its kind says it all. */
function isPrivate(effect: Effect): boolean {
  return effect.type === "persist" || effect.type === "leaderChanged";
}

function voteText({ leaderEpoch, votedKey }: QuorumState): string {
  return `${leaderEpoch} ${votedKey === null ? "" : keyText(votedKey)}`;
}

function quorumStateText(state: QuorumState): string {
  return `${state.leaderId} ${voteText(state)}`;
}
