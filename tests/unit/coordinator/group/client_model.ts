/**
 * A consumer as a group shard sees it: joins, syncs, heartbeats, commits, leaves, and now and then does what no
 * sound client does. It does one thing at a time when told to, and follows what it is answered.
 */

import type { GroupRequest, GroupResponse, RequestContext } from "../../../../src/coordinator/group/types.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import type { JoinGroupResponse } from "../../../../src/protocol/messages/11_join_group.ts";
import { subscription } from "../../../transcripts/group/request.ts";

/** A request without its token. */
export type Untold = GroupRequest extends infer R ? R extends GroupRequest ? Omit<R, "token"> : never : never;

export interface ClientOptions {
  readonly name: string;
  readonly groupId: string;
  readonly groupInstanceId: string | null;
  readonly joinVersion: number;
}

const utf8 = new TextEncoder();

export class ClientModel {
  readonly options: ClientOptions;
  memberId = "";
  generationId = -1;
  /** What it has learned it is to do next. */
  next: "join" | "sync" | "work" = "join";
  /** What it was told of the others, when it leads. */
  #followers: readonly string[] = [];
  #protocols = 0;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  /** The process ends without a word; another one starts in its place. */
  restart(): void {
    this.memberId = "";
    this.generationId = -1;
    this.next = "join";
  }

  /** What a sound client would send now; `choice` picks among several things. */
  request(choice: number, offset: number): Untold {
    if (this.next === "join") return this.join();
    if (this.next === "sync") return this.sync();
    switch (choice % 6) {
      case 0:
      case 1:
        return this.heartbeat();
      case 2:
      case 3:
        return this.commit(offset, choice);
      case 4:
        return this.join();
      default:
        return this.leave();
    }
  }

  join(): Untold {
    const { joinVersion } = this.options;
    return {
      type: "joinGroup",
      context: this.#context(joinVersion),
      request: {
        ...this.#identity(),
        sessionTimeoutMs: 6_000 + 1_000 * (this.#protocols % 5),
        rebalanceTimeoutMs: 4_000 + 3_000 * (this.#protocols % 3),
        protocolType: "consumer",
        protocols: [
          { name: "range", metadata: subscription(["t", `${this.#protocols % 4}`]) },
          { name: "roundrobin", metadata: subscription(["t"]) },
        ].slice(0, 1 + this.#protocols % 2),
        reason: null,
      },
    };
  }

  /** Subscribes to something else from the next join on. */
  changeSubscription(): void {
    this.#protocols++;
  }

  sync(): Untold {
    return {
      type: "syncGroup",
      context: this.#context(4),
      request: {
        ...this.#identity(),
        generationId: this.generationId,
        protocolType: null,
        protocolName: null,
        assignments: this.#followers.map((memberId) => ({
          memberId,
          assignment: utf8.encode(`${memberId}@${this.generationId}`),
        })),
      },
    };
  }

  heartbeat(generationId = this.generationId): Untold {
    return {
      type: "heartbeat",
      context: this.#context(4),
      request: { ...this.#identity(), generationId },
    };
  }

  commit(offset: number, partition: number): Untold {
    return {
      type: "offsetCommit",
      context: this.#context(9),
      request: {
        ...this.#identity(),
        generationIdOrMemberEpoch: this.generationId,
        retentionTimeMs: -1,
        topics: [{
          name: "t",
          topicId: ZERO_UUID,
          partitions: [{
            partitionIndex: partition % 3,
            committedOffset: offset,
            committedLeaderEpoch: -1,
            committedMetadata: this.options.name,
          }],
        }],
      },
    };
  }

  leave(): Untold {
    const { groupId, memberId, groupInstanceId } = this.#identity();
    this.restart();
    return {
      type: "leaveGroup",
      context: this.#context(5),
      request: { groupId, memberId, members: [{ memberId, groupInstanceId, reason: null }] },
    };
  }

  /** Learns from an answer to one of its own requests. */
  onReply(request: Untold, response: GroupResponse): void {
    const { errorCode } = response as { errorCode?: number };
    if (request.type === "joinGroup") return this.#onJoined(response as JoinGroupResponse);
    if (request.type === "leaveGroup" || errorCode === undefined) return;
    switch (errorCode) {
      case ErrorCode.NONE:
        if (request.type === "syncGroup") this.next = "work";
        return;
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.FENCED_INSTANCE_ID:
        return this.restart();
      case ErrorCode.REBALANCE_IN_PROGRESS:
      case ErrorCode.ILLEGAL_GENERATION:
        this.next = "join";
    }
  }

  #onJoined(response: JoinGroupResponse): void {
    switch (response.errorCode) {
      case ErrorCode.NONE:
        this.memberId = response.memberId;
        this.generationId = response.generationId ?? -1;
        this.#followers = response.members.map(({ memberId }) => memberId);
        this.next = "sync";
        return;
      case ErrorCode.MEMBER_ID_REQUIRED:
        this.memberId = response.memberId;
        this.next = "join";
        return;
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return;
      default:
        this.restart();
    }
  }

  #identity(): { groupId: string; memberId: string; groupInstanceId: string | null } {
    const { groupId, groupInstanceId } = this.options;
    return { groupId, memberId: this.memberId, groupInstanceId };
  }

  #context(apiVersion: number): RequestContext {
    return { apiVersion, clientId: this.options.name, clientHost: "/127.0.0.1" };
  }
}
