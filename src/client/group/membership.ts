/**
 * One member's place in its group, as the protocol sees it: joins and syncs, sends heartbeats in between, hears of
 * rebalances and of having been thrown out, leaves. What the member reads is not known here. KIP-62, KIP-345,
 * KIP-394, KIP-559, KIP-800, KIP-814.
 */

import { DecodeError, messageOf } from "../../core/errors.ts";
import { NetworkError } from "../../platform/network.ts";
import type { Timer } from "../../platform/platform.ts";
import { ErrorCode, errorInfo } from "../../protocol/error_codes.ts";
import { joinGroup } from "../../protocol/messages/11_join_group.ts";
import { heartbeat } from "../../protocol/messages/12_heartbeat.ts";
import { leaveGroup } from "../../protocol/messages/13_leave_group.ts";
import { syncGroup } from "../../protocol/messages/14_sync_group.ts";
import type { Decoded } from "../../protocol/schema.ts";
import { backoffMs } from "../backoff.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { type Assignments, type Assignor, type AssignorMember } from "./assignors/assignor.ts";
import { assignorOf } from "./assignors/index.ts";
import {
  CONSUMER_PROTOCOL,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  NO_GENERATION,
  type TopicPartitions,
} from "./consumer_protocol.ts";
import type { CoordinatorClient } from "./coordinator_client.ts";
import type { MembershipOptions } from "./options.ts";

/** What a member says and decides when it joins. */
export interface MemberVoice {
  /** What the member tells the leader, if `assignor` is chosen; asked for each attempt anew. */
  metadataFor(assignor: Assignor): Uint8Array;
  /** Called in the leader: who gets what. */
  assign(assignor: Assignor, members: readonly AssignorMember[]): Promise<Assignments>;
}

/** A generation that the member is part of. */
export interface Joined {
  readonly assignor: Assignor;
  readonly assigned: TopicPartitions;
  readonly isLeader: boolean;
  /** {@link Membership.losses} when it began. */
  readonly losses: number;
}

interface MembershipParts {
  readonly cluster: Cluster;
  readonly coordinator: CoordinatorClient;
  readonly options: MembershipOptions;
  /** Whether the member still does its work: without it, heartbeats must not keep its partitions. */
  readonly isAlive: () => boolean;
  /** Called when there is a reason to join again, or a failure. */
  readonly onAttention: () => void;
  /** What the coordinator has given to this member before; it is a new one otherwise. */
  readonly memberId?: string;
}

type JoinResponse = Decoded<typeof joinGroup.response>;

const BACKOFF = { firstMs: 20, maxMs: 1_000 };
/** A JoinGroup may wait for the whole rebalance; the answer takes a moment more. */
const JOIN_GRACE_MS = 5_000;
const LEAVE_TIMEOUT_MS = 5_000;

export class Membership {
  readonly #parts: MembershipParts;
  readonly #assignors: readonly Assignor[];
  #memberId = "";
  #generationId = NO_GENERATION;
  #rejoinReason: string | null = "first join";
  #failure: Error | null = null;
  #timer: Timer | null = null;
  #losses = 0;
  #left = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#assignors = parts.options.assignors.map(assignorOf);
    this.#memberId = parts.memberId ?? "";
  }

  /** Empty until the coordinator has given one. */
  get memberId(): string {
    return this.#memberId;
  }

  /** The generation the member is part of; -1 when it is in none, or was thrown out. */
  get generationId(): number {
    return this.#generationId;
  }

  /** How often the member was thrown out: each time, what it had may be another's by now. */
  get losses(): number {
    return this.#losses;
  }

  /** Whether partitions are kept during rebalances: only when every assignor of the member can do that (KIP-429). */
  get isCooperative(): boolean {
    return this.#assignors.every(({ cooperative }) => cooperative);
  }

  /** Why the member has to join again, or null. */
  get rejoinReason(): string | null {
    return this.#rejoinReason;
  }

  /** Why the member can never join again, or null. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Has the member join again at the next opportunity. */
  requestRejoin(reason: string): void {
    if (this.#rejoinReason === null) this.#parts.cluster.options.logger.debug("will join again", { reason });
    this.#rejoinReason ??= reason;
    this.#parts.onAttention();
  }

  /**
   * Joins the group and resolves with what the member gets in the new generation. Throws {@link BrokerError} when
   * the group does not take it and `UnreachableError` when the coordinator does not answer.
   */
  async join(voice: MemberVoice): Promise<Joined> {
    this.#stopHeartbeats();
    for (let attempt = 1; !this.#left; attempt++) {
      const reason = this.#rejoinReason;
      const response = await this.#sendJoin(voice, reason);
      const joined = this.#onJoinAnswer(response) ? await this.#sync(voice, response) : null;
      if (joined !== null) {
        this.#startHeartbeats();
        return joined;
      }
      if (this.#failure !== null) throw this.#failure;
      const { timers, random } = this.#parts.cluster.options;
      // MEMBER_ID_REQUIRED is the usual answer to the first attempt: there is nothing to wait for.
      if (response.errorCode !== ErrorCode.MEMBER_ID_REQUIRED) {
        await timers.sleep(backoffMs(attempt, BACKOFF, random));
      }
    }
    throw new NetworkError("closed", `join group "${this.#parts.options.groupId}": the member leaves`);
  }

  /** What an answer to a request other than those of this class says about the membership. */
  onErrorCode(code: number): void {
    switch (code) {
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return this.requestRejoin("the group rebalances");
      case ErrorCode.ILLEGAL_GENERATION:
        return this.#loseGeneration(code);
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.#memberId = "";
        return this.#loseGeneration(code);
      case ErrorCode.FENCED_INSTANCE_ID:
        this.#fail(code, "another member has taken the group.instance.id of this one");
    }
  }

  /** Ends an attempt to join that waits: it rejects. Only to leave can follow. */
  stopJoining(): void {
    this.#left = true;
    this.#parts.coordinator.abandon("membership");
  }

  /** Stays in the group and does nothing for it any more: somebody else sends the heartbeats from now on. */
  detach(): void {
    this.#left = true;
    this.#stopHeartbeats();
  }

  /** Leaves the group, so that the others need not wait for the session to end. Never rejects. */
  async leave(reason: string): Promise<void> {
    this.#left = true;
    this.#stopHeartbeats();
    const { coordinator, options, cluster } = this.#parts;
    const { groupId, groupInstanceId } = options;
    const memberId = this.#memberId;
    // A JoinGroup may be waiting on the connection.
    coordinator.abandon("membership");
    this.#memberId = "";
    this.#generationId = NO_GENERATION;
    // A static member comes back under its name; until its session ends nobody takes its partitions (KIP-345).
    if (memberId === "" || groupInstanceId !== null) return;
    try {
      await coordinator.ask(leaveGroup, {
        groupId,
        memberId,
        members: [{ memberId, groupInstanceId, reason }],
      }, { lane: "membership", errorOf: ({ errorCode }) => errorCode, timeoutMs: LEAVE_TIMEOUT_MS });
    } catch (error) {
      cluster.options.logger.debug("could not leave the group", { groupId, reason: messageOf(error) });
    }
  }

  #sendJoin(voice: MemberVoice, reason: string | null): Promise<JoinResponse> {
    const { coordinator, options } = this.#parts;
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs } = options;
    return coordinator.ask(joinGroup, {
      groupId,
      groupInstanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      protocolType: CONSUMER_PROTOCOL,
      protocols: this.#assignors.map((assignor) => ({
        name: assignor.name,
        metadata: voice.metadataFor(assignor),
      })),
      reason,
    }, {
      lane: "membership",
      errorOf: ({ errorCode }) => errorCode,
      requestTimeoutMs: rebalanceTimeoutMs + JOIN_GRACE_MS,
      timeoutMs: rebalanceTimeoutMs,
    });
  }

  /** Whether the member is in a new generation. */
  #onJoinAnswer(response: JoinResponse): boolean {
    const { errorCode } = response;
    switch (errorCode) {
      case ErrorCode.NONE:
        this.#memberId = response.memberId;
        this.#generationId = response.generationId;
        this.#rejoinReason = null;
        return true;
      case ErrorCode.MEMBER_ID_REQUIRED:
        this.#memberId = response.memberId;
        return false;
      case ErrorCode.REBALANCE_IN_PROGRESS:
      case ErrorCode.ILLEGAL_GENERATION:
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.FENCED_INSTANCE_ID:
        this.onErrorCode(errorCode);
        return false;
      default:
        this.#fail(errorCode, this.#whyRefused(errorCode));
        return false;
    }
  }

  #whyRefused(code: number): string | null {
    const { assignors, sessionTimeoutMs } = this.#parts.options;
    switch (code) {
      case ErrorCode.INCONSISTENT_GROUP_PROTOCOL:
        return `the members of the group have none of its assignors in common: ${assignors.join(", ")}`;
      case ErrorCode.INVALID_SESSION_TIMEOUT:
        return `the broker does not allow a session timeout of ${sessionTimeoutMs} ms`;
      case ErrorCode.GROUP_MAX_SIZE_REACHED:
        return "the group has as many members as it may have";
      default:
        return null;
    }
  }

  /** Hands in the assignments if the member leads, and resolves with its own; null when it has to join again. */
  async #sync(voice: MemberVoice, response: JoinResponse): Promise<Joined | null> {
    const assignor = this.#assignors.find(({ name }) => name === response.protocolName);
    if (assignor === undefined) {
      this.#fail(
        ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
        `the group has chosen "${response.protocolName}", which this member did not offer`,
      );
      return null;
    }
    const { coordinator, options } = this.#parts;
    const { groupId, groupInstanceId, rebalanceTimeoutMs } = options;
    const isLeader = response.leader === response.memberId;
    const assignments = isLeader && !response.skipAssignment
      ? await voice.assign(assignor, response.members.map(memberOf))
      : new Map<string, TopicPartitions>();
    const answer = await coordinator.ask(syncGroup, {
      groupId,
      groupInstanceId,
      generationId: response.generationId,
      memberId: response.memberId,
      protocolType: CONSUMER_PROTOCOL,
      protocolName: assignor.name,
      assignments: [...assignments].map(([memberId, assigned]) => ({
        memberId,
        assignment: encodeAssignment(assigned),
      })),
    }, {
      lane: "membership",
      errorOf: ({ errorCode }) => errorCode,
      requestTimeoutMs: rebalanceTimeoutMs + JOIN_GRACE_MS,
      timeoutMs: rebalanceTimeoutMs,
    });
    if (answer.errorCode === ErrorCode.NONE) {
      return { assignor, isLeader, losses: this.#losses, assigned: this.#readAssignment(answer.assignment) };
    }
    this.onErrorCode(answer.errorCode);
    if (this.#rejoinReason === null) this.#fail(answer.errorCode, null);
    return null;
  }

  /** A leader may be any program: what cannot be read assigns nothing. */
  #readAssignment(bytes: Uint8Array): TopicPartitions {
    try {
      return decodeAssignment(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const { cluster, options } = this.#parts;
      cluster.options.logger.warn("the group's leader sent an assignment that cannot be read", {
        groupId: options.groupId,
        reason: error.message,
      });
      return new Map();
    }
  }

  #startHeartbeats(): void {
    if (this.#left) return;
    const { options, cluster } = this.#parts;
    this.#timer = cluster.options.timers.after(options.heartbeatIntervalMs, () => void this.#beat());
  }

  #stopHeartbeats(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #beat(): Promise<void> {
    const { coordinator, options, isAlive, cluster } = this.#parts;
    const timer = this.#timer;
    if (!isAlive()) {
      await this.leave("not polled in time");
      this.#left = false;
      return this.#loseGeneration(ErrorCode.UNKNOWN_MEMBER_ID);
    }
    const { groupId, groupInstanceId, sessionTimeoutMs } = options;
    const generationId = this.#generationId;
    try {
      const { errorCode } = await coordinator.ask(heartbeat, {
        groupId,
        groupInstanceId,
        generationId,
        memberId: this.#memberId,
      }, {
        lane: "membership",
        errorOf: (response) => response.errorCode,
        requestTimeoutMs: sessionTimeoutMs,
        timeoutMs: 0,
      });
      // Meanwhile the member may have joined again: the answer is about the past then.
      if (this.#timer !== timer || generationId !== this.#generationId) return;
      this.onErrorCode(errorCode);
      if (errorCode !== ErrorCode.NONE && this.#rejoinReason === null) this.#fail(errorCode, null);
    } catch (error) {
      if (this.#timer !== timer) return;
      cluster.options.logger.debug("no answer to a heartbeat", { groupId, reason: messageOf(error) });
    }
    if (this.#generationId !== NO_GENERATION) this.#startHeartbeats();
  }

  #loseGeneration(code: number): void {
    this.#losses++;
    this.#generationId = NO_GENERATION;
    this.#stopHeartbeats();
    this.requestRejoin(`the coordinator answered ${errorInfo(code).name}`);
  }

  #fail(code: number, detail: string | null): void {
    this.#stopHeartbeats();
    this.#failure = new BrokerError(`join group "${this.#parts.options.groupId}"`, code, detail);
    this.#parts.onAttention();
  }
}

/** A member whose metadata nobody can read subscribes to nothing. */
function memberOf({ memberId, groupInstanceId, metadata }: JoinResponse["members"][number]): AssignorMember {
  try {
    return { memberId, groupInstanceId, subscription: decodeSubscription(metadata) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const nothing = { topics: new Set<string>(), userData: null, owned: new Map(), rackId: null };
    return { memberId, groupInstanceId, subscription: { ...nothing, generationId: NO_GENERATION } };
  }
}
