/**
 * All groups of one `__consumer_offsets` partition, as a step function: events and a time go in, replies, appends
 * and the next deadline come out. It has no promise, timer, clock or source of randomness of its own. How to drive
 * one:
 *
 * 1. When this broker becomes leader of the partition, make a GroupShard. It already answers requests: with
 *    COORDINATOR_LOAD_IN_PROGRESS, and heartbeats with NONE. {@link GroupShard.replay} every record of the log up to
 *    the high watermark, in order, with keys and values decoded. Records of types that this shard does not know
 *    (KIP-848, share and streams groups) and of transactions are the driver's to skip. LegacyOffsetCommit records
 *    are given as offsetCommit records without leader epoch. Then step "loaded".
 * 2. For each request, choose a token, step the event, and answer the request when a reply with the token comes
 *    out, of this step or of a later one. Every token is answered exactly once. The handler decodes and authorizes,
 *    turns topic ids into names (and back, when all offsets are fetched), and refuses topics that do not exist
 *    beforehand, dropping them from the event; it adds throttle times and authorized operations to the response. A
 *    request of OffsetFetch is one event per group; DeleteGroups, DescribeGroups and ListGroups are one event per
 *    shard.
 * 3. After every step send the replies, and append `appends` to the log soon, in the order of their ids; other steps
 *    may come before that. An append may share a batch with its neighbours, of other steps too, or take several
 *    batches, but is only "appended" when all of it is. Step "appended" when the high watermark has
 *    passed an append: the id covers all earlier appends that are still in flight. Step "appendFailed" when the log
 *    has refused an append for good; while its fate is open, say nothing: the shard stops waiting by itself.
 *    These steps have effects like any other.
 * 4. Keep one timer at `nextDeadlineMs` and step "tick" when it fires. A later deadline need not move a timer that
 *    is already set: a tick too many does nothing. With a deadline that has passed, tick in the next turn of the
 *    loop, after the requests that have arrived.
 * 5. When topics are deleted, step "topicsDeleted" in every shard this broker leads.
 * 6. When the partition has another leader, step "unload", send the replies and throw the shard away. Do not report
 *    on its appends any more.
 *
 * The answers are those of Kafka 4.3's group coordinator, except that
 * - a request that its sender has abandoned by asking again, or by leaving, is answered (Kafka never answers it, and
 *   the connection it came on is stuck);
 * - metadata that is no subscription, and a protocol that is named twice, do no harm to the group;
 * - a static member that restarts is let into a full group, since it does not make it larger;
 * - a group that nobody managed to join leaves no trace.
 *
 * The bytes of requests may be views of a buffer that is reused: what is kept is copied. The bytes in replies and
 * records belong to the shard and must not be changed.
 */

import { assert } from "../../core/assert.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { OffsetCommitValue } from "../../protocol/records/offsets.ts";
import type { GroupTimer } from "./classic_group.ts";
import type { Deadline } from "./deadlines.ts";
import { stepDescribeGroups, stepListGroups } from "./describe.ts";
import { stepHeartbeat } from "./heartbeat.ts";
import { type InFlightAppend, notify } from "./in_flight.ts";
import { stepJoinGroup } from "./join.ts";
import { stepLeaveGroup } from "./leave.ts";
import { stepOffsetCommit } from "./offset_commit.ts";
import { stepDeleteGroups, stepOffsetDelete, stepTopicsDeleted } from "./offset_delete.ts";
import { stepOffsetFetch } from "./offset_fetch.ts";
import { answerJoin, answerSync, joinError, onJoinDeadline, onSyncDeadline } from "./rebalance.ts";
import { refusalOf } from "./refusal.ts";
import { applyCommitted, finishLoading, replayRecord } from "./replay.ts";
import type { GroupOffsets } from "./offset_store.ts";
import { onRetentionDeadline } from "./retention.ts";
import { onPendingMemberDeadline, onSessionDeadline } from "./session.ts";
import { ShardState } from "./shard_state.ts";
import { stepSyncGroup } from "./sync.ts";
import { verifyShard } from "./verify.ts";
import type {
  ClassicGroupState,
  Effects,
  GroupConfig,
  GroupEvent,
  GroupRecord,
  GroupRequest,
  MemberIdSource,
  Moment,
} from "./types.ts";

/** What metrics tell of a group. */
export interface GroupSummary {
  readonly groupId: string;
  readonly state: ClassicGroupState;
  readonly members: number;
  readonly generationId: number;
  readonly offsets: GroupOffsets;
}

/** A committed offset and where it belongs. */
export interface CommittedOffset {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly value: OffsetCommitValue;
}

export class GroupShard {
  readonly #state: ShardState;

  /** `newUuid` gives the random part of member ids. */
  constructor(config: GroupConfig, newUuid: MemberIdSource) {
    this.#state = new ShardState(config, newUuid);
  }

  /** Takes over a record of the log; only before "loaded". */
  replay(record: GroupRecord): void {
    assert(this.#state.phase === "loading", "records are replayed before a shard is loaded");
    replayRecord(this.#state, record);
  }

  /** Lets `event` happen at `now`. */
  step(event: GroupEvent, now: Moment): Effects {
    const state = this.#state;
    state.now = now;
    if (isRequest(event)) stepRequest(state, event);
    else stepNotice(state, event);
    return state.takeEffects();
  }

  get groupCount(): number {
    return this.#state.groups.size;
  }

  get offsetCount(): number {
    return this.#state.offsets.size;
  }

  /** Throws an InvariantError when the state does not hang together; looks at every member of every group. */
  verify(): void {
    verifyShard(this.#state);
  }

  /** How many groups are in each state, for metrics. */
  countByState(): Map<ClassicGroupState, number> {
    const counts = new Map<ClassicGroupState, number>();
    for (const { state } of this.#state.groups.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  /** All groups, for metrics; those that come or go between two of them are seen or not. */
  *summaries(): Generator<GroupSummary> {
    const { groups, offsets } = this.#state;
    for (const { groupId, state, members, generationId } of groups.values()) {
      yield { groupId, state, members: members.size, generationId, offsets: offsets.group(groupId) };
    }
  }

  /** All committed offsets, for computing lag. The shard must not be stepped while this is being walked. */
  *committedOffsets(): Generator<CommittedOffset> {
    const { offsets } = this.#state;
    for (const groupId of offsets.groupIds()) {
      for (const [topic, partitions] of offsets.group(groupId)) {
        for (const [partition, value] of partitions) yield { groupId, topic, partition, value };
      }
    }
  }
}

function isRequest(event: GroupEvent): event is GroupRequest {
  return "token" in event;
}

function stepRequest(state: ShardState, event: GroupRequest): void {
  if (state.phase !== "serving") {
    const errorCode = state.phase === "loading"
      ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
      : ErrorCode.NOT_COORDINATOR;
    return state.reply(event.token, refusalOf(event, errorCode));
  }
  switch (event.type) {
    case "heartbeat":
      return stepHeartbeat(state, event);
    case "offsetCommit":
      return stepOffsetCommit(state, event);
    case "offsetFetch":
      return stepOffsetFetch(state, event);
    case "joinGroup":
      return stepJoinGroup(state, event);
    case "syncGroup":
      return stepSyncGroup(state, event);
    case "leaveGroup":
      return stepLeaveGroup(state, event);
    case "offsetDelete":
      return stepOffsetDelete(state, event);
    case "deleteGroups":
      return stepDeleteGroups(state, event);
    case "listGroups":
      return stepListGroups(state, event);
    case "describeGroups":
      return stepDescribeGroups(state, event);
  }
}

function stepNotice(state: ShardState, event: Exclude<GroupEvent, GroupRequest>): void {
  if (event.type === "loaded") {
    assert(state.phase === "loading", "a shard is loaded once");
    state.phase = "serving";
    return finishLoading(state);
  }
  if (state.phase !== "serving" && event.type !== "unload") return;
  switch (event.type) {
    case "appended":
      return onAppended(state, event.appendId);
    case "appendFailed":
      return onAppendFailed(state, event.appendId, event.errorCode);
    case "tick":
      return onTick(state);
    case "topicsDeleted":
      return stepTopicsDeleted(state, event);
    case "unload":
      return onUnload(state);
  }
}

function onAppended(state: ShardState, appendId: number): void {
  for (
    let append = state.inFlight.takeUpTo(appendId);
    append !== undefined;
    append = state.inFlight.takeUpTo(appendId)
  ) {
    onSettled(append);
    for (const record of append.records) applyCommitted(state, record);
    notify(append, ErrorCode.NONE);
  }
}

function onAppendFailed(state: ShardState, appendId: number, errorCode: number): void {
  assert(errorCode !== ErrorCode.NONE, "an append fails with an error");
  const append = state.inFlight.take(appendId);
  if (append === undefined) return;
  onSettled(append);
  append.undo?.();
  notify(append, errorCode);
  if (append.group !== null) state.dropIfTrivial(append.group);
}

function onSettled(append: InFlightAppend): void {
  if (append.group !== null) append.group.appendsInFlight--;
}

function onTick(state: ShardState): void {
  const { monotonicMs } = state.now;
  state.inFlight.giveUp(monotonicMs);
  while (true) {
    const due = state.deadlines.takeDue(monotonicMs);
    if (due === undefined) return;
    onDeadline(state, due);
  }
}

function onDeadline(state: ShardState, { what }: Deadline<GroupTimer>): void {
  if (what.group === null) return onRetentionDeadline(state);
  switch (what.kind) {
    case "session":
      return onSessionDeadline(state, what.group, what.memberId);
    case "pendingMember":
      return onPendingMemberDeadline(state, what.group, what.memberId);
    case "join":
      return onJoinDeadline(state, what.group);
    case "sync":
      return onSyncDeadline(state, what.group);
    case "retention":
      assert(false, "the retention deadline has no group");
  }
}

/** Everybody who waits is sent to look for the new coordinator. */
function onUnload(state: ShardState): void {
  state.phase = "unloaded";
  const errorCode = ErrorCode.NOT_COORDINATOR;
  for (const group of state.groups.values()) {
    for (const member of group.members.values()) {
      answerJoin(state, group, member, (waiting) => joinError(waiting, errorCode, member.memberId));
      answerSync(state, group, member, errorCode);
    }
    group.assignmentAppendId = 0;
  }
  for (const append of state.inFlight) notify(append, errorCode);
  state.inFlight.clear();
  state.deadlines.clear();
  state.sweep = null;
  state.groups.clear();
  state.offsets.clear();
}
