/** The state of a group shard and the effects of the step that is running. The steps themselves are functions. */

import { assert } from "../../core/assert.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { ClassicGroup, type GroupTimer, type Member } from "./classic_group.ts";
import { Deadline, Deadlines } from "./deadlines.ts";
import { InFlightAppends, type OnSettled } from "./in_flight.ts";
import { OffsetStore } from "./offset_store.ts";
import type {
  Append,
  ClassicGroupState,
  Effects,
  GroupConfig,
  GroupRecord,
  GroupResponse,
  MemberIdSource,
  Moment,
  Reply,
  Token,
  Transition,
} from "./types.ts";

/** Reasons may quote clients. */
const MAX_REASON_LENGTH = 300;

/** Records to append, and how the append is to be followed up. */
export interface AppendOptions {
  /** Whose records they are; an append concerns one group. */
  readonly group: ClassicGroup | null;
  readonly records: readonly GroupRecord[];
  /** Answers whoever waits for the append. */
  readonly onSettled?: OnSettled;
  /** Takes back what was done in expectation of the append. */
  readonly undo?: () => void;
}

export class ShardState {
  readonly config: GroupConfig;
  readonly newUuid: MemberIdSource;
  phase: "loading" | "serving" | "unloaded" = "loading";
  readonly groups = new Map<string, ClassicGroup>();
  readonly offsets = new OffsetStore();
  readonly inFlight = new InFlightAppends();
  readonly deadlines = new Deadlines<GroupTimer>();
  readonly retention = new Deadline<GroupTimer>({ kind: "retention", group: null, memberId: "" });
  /** Where the sweep for expired offsets stands; null between sweeps. */
  sweep: Iterator<ClassicGroup> | null = null;
  now: Moment = { monotonicMs: 0, wallMs: 0 };
  #replies: Reply[] = [];
  #appends: Append[] = [];
  #transitions: Transition[] = [];

  constructor(config: GroupConfig, newUuid: MemberIdSource) {
    this.config = config;
    this.newUuid = newUuid;
  }

  /** What has piled up since the last call. */
  takeEffects(): Effects {
    const effects: Effects = {
      replies: this.#replies,
      appends: this.#appends,
      transitions: this.#transitions,
      nextDeadlineMs: Math.min(this.deadlines.nextMs, this.inFlight.nextDueMs),
    };
    this.#replies = [];
    this.#appends = [];
    this.#transitions = [];
    return effects;
  }

  reply(token: Token, response: GroupResponse): void {
    this.#replies.push({ token, response });
  }

  /** Sends records of one group to the log; returns the id of the append. */
  append(options: AppendOptions): number {
    const { group, records, onSettled, undo } = options;
    assert(records.length > 0, "an append has records");
    const appendId = this.inFlight.add({
      group,
      records,
      dueMs: this.now.monotonicMs + this.config.offsetsCommitTimeoutMs,
      waiters: onSettled === undefined ? [] : [onSettled],
      undo: undo ?? null,
    });
    if (group !== null) {
      group.appendsInFlight++;
      if (records.some(({ type }) => type === "groupMetadata")) group.persisted = true;
    }
    this.#appends.push({ appendId, records });
    return appendId;
  }

  /** Calls `onSettled` when everything that is in flight now has been settled; at once when nothing is. */
  afterInFlight(onSettled: OnSettled): void {
    const { last } = this.inFlight;
    if (last === undefined) onSettled(ErrorCode.NONE);
    else last.waiters.push(onSettled);
  }

  createGroup(groupId: string): ClassicGroup {
    const group = new ClassicGroup(groupId, this.now.wallMs);
    this.groups.set(groupId, group);
    return group;
  }

  /** Takes a group out of memory; its offsets are not touched. */
  dropGroup(group: ClassicGroup): void {
    this.disarmGroup(group);
    if (this.groups.get(group.groupId) === group) this.groups.delete(group.groupId);
  }

  disarmGroup(group: ClassicGroup): void {
    this.deadlines.disarm(group.joinDeadline);
    this.deadlines.disarm(group.syncDeadline);
    for (const pending of group.pendingJoin.values()) this.deadlines.disarm(pending);
    for (const member of group.members.values()) this.deadlines.disarm(member.session);
  }

  /** Drops a group of which nothing is left, in memory or in the log: somebody tried a group id and went away. */
  dropIfTrivial(group: ClassicGroup): void {
    const trivial = group.state === "Empty" && !group.persisted && group.appendsInFlight === 0 &&
      group.pendingJoin.size === 0 && !this.offsets.hasGroup(group.groupId);
    if (trivial) this.dropGroup(group);
  }

  transition(group: ClassicGroup, to: ClassicGroupState, reason: string): void {
    const { groupId, state: from, generationId } = group;
    group.state = to;
    group.stateTimestampMs = this.now.wallMs;
    this.#transitions.push({ groupId, from, to, generationId, reason: reason.slice(0, MAX_REASON_LENGTH) });
  }

  /** Gives a member another session timeout, or `timeoutMs`, to show that it is alive. */
  armSession(member: Member, timeoutMs: number = member.sessionTimeoutMs): void {
    this.armIn(member.session, timeoutMs);
  }

  armIn(deadline: Deadline<GroupTimer>, delayMs: number): void {
    this.deadlines.arm(deadline, this.now.monotonicMs + delayMs);
  }
}

/** What the error of an append means to the client whose request needed it. */
export function appendErrorToResponse(errorCode: number): number {
  switch (errorCode) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode.REQUEST_TIMED_OUT:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
    case ErrorCode.INVALID_FETCH_SIZE:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    default:
      return errorCode;
  }
}
