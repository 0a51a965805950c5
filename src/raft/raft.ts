/**
 * The quorum of the metadata log as a pure step function: an event and the time go in, effects come out. There is
 * no clock, timer, socket, disk, promise or chance in here, so any run can be repeated and simulated.
 *
 * What the driver owes it:
 *
 * 1. Steps and batches take turns. Carry out the whole batch of effects, in order, before the next step; events
 *    that come meanwhile wait. So while `persist` syncs or a snapshot is being loaded, nothing else moves.
 * 2. `persist` is durable before the next effect of the batch is touched: a vote or an epoch that was told to
 *    somebody is never forgotten (Raft section 5.1).
 * 3. `truncate`, `appendControl`, `appendProposal`, `appendFetched` change the log as written, at once. A batch has
 *    at most one append. The event right after that batch is `appended` (in the log, durable or not) or
 *    `appendFailed` (no trace of it in the log). The same for `installSnapshot`, with `snapshotInstalled` or
 *    `snapshotRefused`.
 * 4. After an append, make the log durable and report `flushed` with the `logEnd` from before the sync began.
 *    Syncs may run beside later steps and share work. Nothing counts as stored before that: neither does the
 *    leader's own copy commit a record, nor does a follower fetch further.
 * 5. `send` and `reply` may be carried out without waiting. Every request event is answered by exactly one `reply`
 *    in this batch or a later one. Every `send` may be answered by one `response` or `requestFailed`, late or never.
 * 6. A fetch `reply` with `readFrom` gets whole batches from the log from there on (an empty answer when it equals
 *    `readTo`); read them before the next step. A fetchSnapshot `reply` without error gets the bytes.
 * 7. Fetched records are validated before the `response` event: CRC, whole batches, offsets without holes, control
 *    records decoded. They go into the log only if `appendFetched` names the request.
 * 8. After each batch arm one timer for `nextDeadlineMs` and step with `tick` then.
 * 9. Before `start`, a log that ends before the newest snapshot is started anew at the snapshot's end.
 *
 * A proposal: step `propose` with the record count and the epoch the records were made for; write the batch where
 * `appendProposal` says; step `appended`; it is committed when `highWatermark` passes it, and lost if `leaderChanged`
 * comes first and the log is cut. The state machine applies records below the high watermark only, and acts as the
 * active controller between `leaderReady` (once it has applied up to the high watermark of that batch) and the
 * next `leaderChanged`.
 *
 * Where to read on: types.ts, messages.ts, events.ts, effects.ts for what goes in and out; replica.ts for the
 * state; transitions.ts, election.ts, follower.ts, leader.ts, membership.ts for the rules.
 */

import { assert, unreachable } from "../core/assert.ts";
import { type LeaderEpoch, NO_NODE, type NodeId, type Offset, offset } from "../core/ids.ts";
import type { Effects } from "./effects.ts";
import { electionDeadlineMs, handleVoteRequest, handleVoteResponse, pollElection } from "./election.ts";
import { BROKER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER } from "./error_codes.ts";
import type { ProposeEvent, RaftEvent, RequestEvent, RequestFailedEvent, ResponseEvent } from "./events.ts";
import {
  doubtLeader,
  followerDeadlineMs,
  followHighWatermark,
  handleBeginQuorumEpoch,
  handleEndQuorumEpoch,
  handleFetchResponse,
  handleFetchSnapshotResponse,
  observeLeader,
  pollFollower,
  pollLeaderSearch,
} from "./follower.ts";
import { handleFetchRequest, handleFetchSnapshotRequest, leaderDeadlineMs, pollLeader } from "./leader.ts";
import { type Progress, progressOf, reindexProgress } from "./progress.ts";
import { handleChangeVoter } from "./membership.ts";
import { Replica } from "./replica.ts";
import { becomeFollower, becomeResigned, becomeUnattached } from "./transitions.ts";
import { pollResigned, resignedDeadlineMs } from "./resignation.ts";
import type { Endpoint, LogSummary, OffsetAndEpoch, QuorumDescription, QuorumState } from "./types.ts";
import type { RaftConfig, ReplicaProgress, Role, Voter } from "./types.ts";
import { keyText, sameReplica } from "./voters.ts";

/** How many role changes one step can bring before something is wrong. */
const MAX_TRANSITIONS = 8;

export class Raft {
  readonly #replica: Replica;
  #isStarted = false;

  /** `saved` is what `quorum-state` holds, INITIAL_QUORUM_STATE when there is none. */
  constructor(config: RaftConfig, saved: QuorumState, log: LogSummary) {
    assert(
      log.logEndOffset >= (log.latestSnapshot?.offset ?? 0),
      "the log reaches the end of its newest snapshot",
    );
    this.#replica = new Replica(config, saved, log);
  }

  /** Takes one event in. `nowMs` is monotonic. The effects are to be carried out before the next step. */
  step(event: RaftEvent, nowMs: number): Effects {
    const replica = this.#replica;
    assert(nowMs >= replica.nowMs, `time never moves back: ${nowMs} after ${replica.nowMs}`);
    assert(this.#isStarted !== (event.type === "start"), "a replica is started once, before everything else");
    replica.nowMs = nowMs;
    replica.effects = [];
    replica.peers.expire(nowMs);
    if (replica.isClosed) this.#refuse(event);
    else {
      this.#handle(event);
      this.#poll();
    }
    return { effects: replica.effects, nextDeadlineMs: this.#nextDeadlineMs() };
  }

  get role(): Role {
    return this.#replica.state.role;
  }

  get isLeader(): boolean {
    return this.role === "leader";
  }

  /** Whether this replica votes; otherwise it observes. */
  get isVoter(): boolean {
    return this.#replica.isVoter;
  }

  /** Whether it has been a voter since it was started: if it is none now, it does not join again by itself. */
  get hasJoined(): boolean {
    return this.#replica.hasJoined;
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#replica.epoch;
  }

  /** -1 when no leader is known. */
  get leaderId(): NodeId {
    return this.#replica.leaderId;
  }

  get leaderEndpoints(): readonly Endpoint[] {
    return this.#replica.leaderInfo().leaderEndpoints;
  }

  /** Everything below is committed. */
  get highWatermark(): Offset {
    return this.#replica.highWatermark;
  }

  /** Where the log ends and the epoch of its last record: what a flush that begins now makes durable. */
  get logEnd(): OffsetAndEpoch {
    return this.#replica.log.end;
  }

  /** The voter set in force: the newest in the log. */
  get voters(): readonly Voter[] {
    return this.#replica.voters.voters;
  }

  get kraftVersion(): number {
    return this.#replica.voters.kraftVersion.version;
  }

  /** The epoch of a record in the log, for the id of a snapshot that ends behind it. */
  epochAt(at: Offset): LeaderEpoch {
    return this.#replica.log.epochAt(at);
  }

  /** What DescribeQuorum and metrics tell. Times are those given to {@link step}. */
  describe(): QuorumDescription {
    const replica = this.#replica;
    const leader = replica.state;
    const base = {
      leaderId: replica.leaderId,
      leaderEpoch: replica.epoch,
      highWatermark: replica.highWatermark,
    };
    if (leader.role !== "leader") return { ...base, voters: [], observers: [] };
    const voters = replica.voters.voters.map((voter): ReplicaProgress => {
      if (!sameReplica(voter, replica.localKey)) return describeProgress(progressOf(replica, leader, voter));
      const { highWatermark, log: { logEndOffset }, nowMs } = replica;
      return { ...replica.localKey, logEndOffset, highWatermark, lastFetchMs: -1, lastCaughtUpMs: nowMs };
    });
    const texts = new Set(voters.map((voter) => keyText(voter)));
    const observers = [...leader.replicas]
      .filter(([text]) => !texts.has(text))
      .map(([, progress]) => describeProgress(progress));
    return { ...base, voters, observers };
  }

  #handle(event: RaftEvent): void {
    const replica = this.#replica;
    const isReport = event.type === "appended" || event.type === "appendFailed" ||
      event.type === "snapshotInstalled" || event.type === "snapshotRefused";
    assert(
      isReport === (replica.pending !== null),
      `the driver reports on the log before anything else: ${event.type}`,
    );
    switch (event.type) {
      case "start":
        return this.#start();
      case "tick":
        return;
      case "request":
        return this.#handleRequest(event);
      case "response":
        return this.#handleResponse(event);
      case "requestFailed":
        return this.#handleRequestFailed(event);
      case "propose":
        return this.#propose(event);
      case "flushed":
        return replica.log.flushed(event.logEnd);
      case "snapshotCreated":
        assert(event.snapshotId.offset <= replica.highWatermark, "a snapshot holds committed records only");
        if (event.snapshotId.offset >= (replica.log.latestSnapshot?.offset ?? 0)) {
          replica.log.latestSnapshot = event.snapshotId;
        }
        return;
      case "logStartAdvanced":
        return replica.log.advanceStart(event.logStartOffset);
      case "shutdown":
        return this.#shutdown(event.timeoutMs);
      case "resign":
        if (replica.state.role === "leader" && event.leaderEpoch === replica.epoch) becomeResigned(replica);
        return;
      case "appended":
      case "appendFailed":
      case "snapshotInstalled":
      case "snapshotRefused":
        return this.#handleReport(event);
      default:
        return unreachable(event, "a raft event");
    }
  }

  #start(): void {
    const replica = this.#replica;
    this.#isStarted = true;
    const { id } = replica.localKey;
    const leader = replica.voters.voter(replica.leaderId);
    if (replica.leaderId !== NO_NODE && replica.leaderId !== id && leader !== undefined) {
      return becomeFollower(replica, replica.epoch, leader);
    }
    // Who led when it stopped leads that epoch no more: its progress and its held requests are gone (KIP-595).
    becomeUnattached(replica, replica.epoch);
  }

  #handleRequest({ token, request }: RequestEvent): void {
    const replica = this.#replica;
    switch (request.type) {
      case "vote":
        return handleVoteRequest(replica, token, request);
      case "beginQuorumEpoch":
        return handleBeginQuorumEpoch(replica, token, request);
      case "endQuorumEpoch":
        return handleEndQuorumEpoch(replica, token, request);
      case "fetch":
        return handleFetchRequest(replica, token, request);
      case "fetchSnapshot":
        return handleFetchSnapshotRequest(replica, token, request);
      case "addVoter":
      case "removeVoter":
      case "updateVoter":
      case "upgradeKRaftVersion":
        return handleChangeVoter(replica, token, request);
      default:
        return unreachable(request, "a raft request");
    }
  }

  #handleResponse({ requestId, response }: ResponseEvent): void {
    const replica = this.#replica;
    const sent = replica.peers.answered(requestId);
    if (sent === null || sent.request.type !== response.type) return;
    // Somebody who knows less than this replica helps nobody until it has learned more.
    if (response.leaderEpoch < replica.epoch) return replica.peers.backOff(sent.to, replica.nowMs);
    if (!observeLeader(replica, response)) return;
    switch (response.type) {
      case "vote":
        return handleVoteResponse(replica, sent, response);
      case "fetch":
        return handleFetchResponse(replica, sent, response);
      case "fetchSnapshot":
        return handleFetchSnapshotResponse(replica, sent, response);
      case "endQuorumEpoch":
        if (replica.state.role === "resigned") replica.state.unacknowledged.delete(sent.to);
        return;
      default:
        // The others say no more than who leads.
        return;
    }
  }

  #handleRequestFailed({ requestId, refused }: RequestFailedEvent): void {
    const replica = this.#replica;
    const sent = replica.peers.failed(requestId, replica.nowMs);
    if (sent === null || refused !== true) return;
    // The leader's machine says that its process is gone; pre-votes make sure that others agree.
    const { state } = replica;
    if (state.role === "follower" && sent.to === replica.leaderId) doubtLeader(replica, state);
    if (state.role === "candidate" && sent.request.type === "vote") state.tally.recordGone(sent.to);
  }

  #propose(event: ProposeEvent): void {
    const replica = this.#replica;
    assert(event.recordCount > 0, "a proposal has records");
    if (replica.state.role !== "leader" || event.leaderEpoch !== replica.epoch) {
      const { leaderId, epoch } = replica;
      const errorCode = NOT_LEADER_OR_FOLLOWER;
      return replica.emit({
        type: "refuseProposal",
        token: event.token,
        errorCode,
        leaderId,
        leaderEpoch: epoch,
      });
    }
    const baseOffset = replica.log.logEndOffset;
    replica.pending = {
      kind: "append",
      source: "proposal",
      endOffset: offset(baseOffset + event.recordCount),
      epochStarts: [{ epoch: replica.epoch, startOffset: baseOffset }],
      voterSets: [],
      kraftVersions: [],
      highWatermark: offset(-1),
    };
    replica.emit({ type: "appendProposal", token: event.token, baseOffset, leaderEpoch: replica.epoch });
  }

  /** The driver has changed the log, or could not. */
  #handleReport(
    event: Extract<
      RaftEvent,
      { type: "appended" | "appendFailed" | "snapshotInstalled" | "snapshotRefused" }
    >,
  ): void {
    const replica = this.#replica;
    const pending = replica.pending;
    replica.pending = null;
    if (event.type === "appended") {
      assert(
        pending?.kind === "append" && event.endOffset === pending.endOffset,
        "the append is the one asked for",
      );
      replica.log.appended(pending.epochStarts, pending.endOffset);
      replica.voters.append(pending.voterSets, pending.kraftVersions);
      if (pending.voterSets.length > 0) {
        if (replica.state.role === "leader") reindexProgress(replica, replica.state);
        replica.emit({ type: "votersChanged", voters: replica.voters.voters });
      }
      if (pending.highWatermark >= 0) followHighWatermark(replica, pending.highWatermark);
    } else if (event.type === "appendFailed") {
      assert(pending?.kind === "append", "no append was asked for");
      // Without its own control records a leader can commit nothing; a follower just tries again.
      if (pending.source === "control" && replica.state.role === "leader") becomeResigned(replica);
      if (pending.source === "fetched") replica.peers.backOff(replica.leaderId, replica.nowMs);
    } else {
      assert(pending?.kind === "install", "no snapshot was to be installed");
      if (event.type === "snapshotRefused") return replica.peers.backOff(replica.leaderId, replica.nowMs);
      const { snapshotId } = pending;
      replica.log.installSnapshot(snapshotId);
      replica.voters.installSnapshot(event.voters, event.kraftVersion);
      replica.emit({ type: "votersChanged", voters: replica.voters.voters });
      replica.advanceHighWatermark(snapshotId.offset);
    }
  }

  #shutdown(timeoutMs: number): void {
    const replica = this.#replica;
    if (replica.shutdownDeadlineMs !== null) return;
    replica.shutdownDeadlineMs = replica.nowMs + timeoutMs;
    if (replica.state.role === "leader") becomeResigned(replica);
  }

  /** Lets time and what has happened take effect until the role stays as it is. */
  #poll(): void {
    const replica = this.#replica;
    for (let transitions = 0; replica.pending === null && this.#pollRole(); transitions++) {
      assert(transitions < MAX_TRANSITIONS, `a step ends: still changing roles as ${replica.state.role}`);
    }
    const isUnheld = replica.state.role !== "resigned" ||
      replica.nowMs >= (replica.shutdownDeadlineMs ?? Infinity);
    if (replica.shutdownDeadlineMs === null || !isUnheld || replica.pending !== null) return;
    replica.isClosed = true;
    replica.emit({ type: "shutdownComplete" });
  }

  #pollRole(): boolean {
    const replica = this.#replica;
    const state = replica.state;
    if (state.role === "leader") return pollLeader(replica, state);
    if (state.role === "follower") return pollFollower(replica, state);
    if (state.role === "resigned") return pollResigned(replica, state);
    if (pollElection(replica)) return true;
    if (replica.state.role === "unattached" && replica.shutdownDeadlineMs === null) pollLeaderSearch(replica);
    return false;
  }

  #nextDeadlineMs(): number {
    const replica = this.#replica;
    const state = replica.state;
    if (replica.isClosed || replica.pending !== null) return Infinity;
    const deadlineMs = Math.min(
      electionDeadlineMs(replica),
      followerDeadlineMs(replica),
      state.role === "leader" ? leaderDeadlineMs(replica, state) : Infinity,
      state.role === "resigned" ? resignedDeadlineMs(replica, state) : Infinity,
    );
    return Math.min(deadlineMs, replica.shutdownDeadlineMs ?? Infinity);
  }

  /** After the shutdown nothing moves; who asks is told so. */
  #refuse(event: RaftEvent): void {
    const replica = this.#replica;
    const info = replica.leaderInfo(BROKER_NOT_AVAILABLE);
    if (event.type === "propose") {
      const leader = { leaderId: NO_NODE, leaderEpoch: replica.epoch };
      replica.emit({
        type: "refuseProposal",
        token: event.token,
        errorCode: BROKER_NOT_AVAILABLE,
        ...leader,
      });
    }
    if (event.type !== "request") return;
    const { token, request } = event;
    if (request.type === "vote") return replica.reply(token, { type: "vote", ...info, voteGranted: false });
    if (request.type === "fetch") return handleFetchRequest(replica, token, request);
    if (request.type === "fetchSnapshot") return handleFetchSnapshotRequest(replica, token, request);
    if (request.type === "beginQuorumEpoch" || request.type === "endQuorumEpoch") {
      return replica.reply(token, { type: request.type, ...info });
    }
    replica.reply(token, { type: request.type, ...info, errorMessage: "This replica is shutting down." });
  }
}

function describeProgress(progress: Progress): ReplicaProgress {
  const { key, logEndOffset, highWatermark, lastFetchMs, lastCaughtUpMs } = progress;
  return { ...key, logEndOffset, highWatermark, lastFetchMs, lastCaughtUpMs };
}
