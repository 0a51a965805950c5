/**
 * What goes into a group shard and what comes out of it. Requests and responses are the protocol's own messages;
 * records are the keys and values of `__consumer_offsets` before they are encoded.
 */

import type { DeleteGroupsResponse } from "../../protocol/messages/42_delete_groups.ts";
import type { DescribeGroupsResponse } from "../../protocol/messages/15_describe_groups.ts";
import type { HeartbeatRequest, HeartbeatResponse } from "../../protocol/messages/12_heartbeat.ts";
import type { JoinGroupRequest, JoinGroupResponse } from "../../protocol/messages/11_join_group.ts";
import type { LeaveGroupRequest, LeaveGroupResponse } from "../../protocol/messages/13_leave_group.ts";
import type { ListGroupsResponse } from "../../protocol/messages/16_list_groups.ts";
import type { OffsetCommitRequest, OffsetCommitResponse } from "../../protocol/messages/08_offset_commit.ts";
import type { OffsetDeleteRequest, OffsetDeleteResponse } from "../../protocol/messages/47_offset_delete.ts";
import type { OffsetFetchRequest, OffsetFetchResponse } from "../../protocol/messages/09_offset_fetch.ts";
import type { SyncGroupRequest, SyncGroupResponse } from "../../protocol/messages/14_sync_group.ts";
import type {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from "../../protocol/records/offsets.ts";

/** The two clocks a step needs. Timeouts run on the first; the second stamps records and expires offsets. */
export interface Moment {
  /** Milliseconds since an arbitrary moment; never moves back. */
  readonly monotonicMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: number;
}

/** The configuration of the group coordinator; each field is Kafka's key of the same words. */
export interface GroupConfig {
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number;
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number;
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** `group.max.size` */
  readonly maxSize: number;
  /** How long a new member may wait for its first JoinGroup response before it counts as gone. */
  readonly newMemberJoinTimeoutMs: number;
  /** `offset.metadata.max.bytes`, counted in UTF-16 units as Kafka does. */
  readonly offsetMetadataMaxBytes: number;
  /** `offsets.commit.timeout.ms`: how long a reply is held for its append. */
  readonly offsetsCommitTimeoutMs: number;
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: number;
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number;
}

/** Kafka's defaults, except that a single node has no reason to delay a first rebalance. */
export const defaultGroupConfig: GroupConfig = {
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 0,
  maxSize: 2_147_483_647,
  newMemberJoinTimeoutMs: 300_000,
  offsetMetadataMaxBytes: 4_096,
  offsetsCommitTimeoutMs: 5_000,
  offsetsRetentionMs: 7 * 24 * 60 * 60_000,
  offsetsRetentionCheckIntervalMs: 600_000,
};

/** Gives the random part of a new member id: a UUID in its 36-character form. */
export type MemberIdSource = () => string;

/** Who sent a request, as far as groups care. */
export interface RequestContext {
  /** The version of the request; some answers depend on it. */
  readonly apiVersion: number;
  /** The client id of the request header; empty when null. */
  readonly clientId: string;
  /** The client's address as Kafka writes it: "/" and the IP address. */
  readonly clientHost: string;
}

/** Names a request to the driver: it comes back in exactly one {@link Reply}. */
export type Token = number;

/** One group of an OffsetFetch request; versions 0 to 7 are a request for a single one. */
export type OffsetFetchGroup = OffsetFetchRequest["groups"][number];
/** The answer for one group of an OffsetFetch request. */
export type OffsetFetchGroupResult = NonNullable<OffsetFetchResponse["groups"]>[number];
/** The answer for one group of a DescribeGroups request. */
export type DescribedGroup = DescribeGroupsResponse["groups"][number];
/** The answer for one group of a ListGroups request. */
export type ListedGroup = ListGroupsResponse["groups"][number];
/** The answer for one group of a DeleteGroups request. */
export type DeletedGroup = DeleteGroupsResponse["results"][number];

/** A topic that no longer exists. Offsets committed for a topic of the same name and another id stay. */
export interface DeletedTopic {
  readonly name: string;
  readonly topicId: string;
}

/** Everything that clients ask of a shard. */
export type GroupRequest =
  | { type: "joinGroup"; token: Token; context: RequestContext; request: JoinGroupRequest }
  | { type: "syncGroup"; token: Token; context: RequestContext; request: SyncGroupRequest }
  | { type: "heartbeat"; token: Token; context: RequestContext; request: HeartbeatRequest }
  | { type: "leaveGroup"; token: Token; context: RequestContext; request: LeaveGroupRequest }
  | { type: "offsetCommit"; token: Token; context: RequestContext; request: OffsetCommitRequest }
  | { type: "offsetFetch"; token: Token; group: OffsetFetchGroup; requireStable: boolean }
  | { type: "offsetDelete"; token: Token; request: OffsetDeleteRequest }
  | { type: "deleteGroups"; token: Token; groupIds: readonly string[] }
  | {
    type: "listGroups";
    token: Token;
    statesFilter: readonly string[];
    typesFilter: readonly string[];
  }
  | { type: "describeGroups"; token: Token; context: RequestContext; groupIds: readonly string[] };

/** Everything that can happen to a shard. */
export type GroupEvent =
  | GroupRequest
  /** The records of this append, and of all earlier ones still in flight, are committed. */
  | { type: "appended"; appendId: number }
  /** The records of this append are not in the log and never will be. */
  | { type: "appendFailed"; appendId: number; errorCode: number }
  | { type: "topicsDeleted"; topics: readonly DeletedTopic[] }
  /** All records of the partition have been replayed: the shard starts to serve. */
  | { type: "loaded" }
  /** The partition has another leader: everything pending is answered NOT_COORDINATOR. */
  | { type: "unload" }
  /** Time has passed; due no later than {@link Effects.nextDeadlineMs}. */
  | { type: "tick" };

/** An answer; which response it is follows from the request its token names. */
export interface Reply {
  readonly token: Token;
  readonly response: GroupResponse;
}

export type GroupResponse =
  | JoinGroupResponse
  | SyncGroupResponse
  | HeartbeatResponse
  | LeaveGroupResponse
  | OffsetCommitResponse
  | OffsetFetchGroupResult
  | OffsetDeleteResponse
  | { readonly results: readonly DeletedGroup[] }
  | { readonly errorCode: number; readonly groups: readonly ListedGroup[] }
  | { readonly groups: readonly DescribedGroup[] };

/** A record of `__consumer_offsets`. A null value is a tombstone. `valueVersion` is the version to encode. */
export type GroupRecord =
  | {
    readonly type: "offsetCommit";
    readonly key: OffsetCommitKey;
    readonly value: OffsetCommitValue | null;
    readonly valueVersion: number;
  }
  | {
    readonly type: "groupMetadata";
    readonly key: GroupMetadataKey;
    readonly value: GroupMetadataValue | null;
    readonly valueVersion: number;
  };

/** Records to append, in the order given. `appendId` counts up; appends go to the log in that order. */
export interface Append {
  readonly appendId: number;
  readonly records: readonly GroupRecord[];
}

/** A change of a group's state, for logs and metrics. */
export interface Transition {
  readonly groupId: string;
  readonly from: ClassicGroupState;
  readonly to: ClassicGroupState;
  readonly generationId: number;
  /** Why, in a few words. */
  readonly reason: string;
}

/** What the driver must do after a step. */
export interface Effects {
  readonly replies: readonly Reply[];
  readonly appends: readonly Append[];
  readonly transitions: readonly Transition[];
  /** When a "tick" is due on the monotonic clock, in milliseconds; Infinity when nothing is waiting. */
  readonly nextDeadlineMs: number;
}

/** The states of a classic group under the names that DescribeGroups and ListGroups show. */
export type ClassicGroupState =
  | "Empty"
  | "PreparingRebalance"
  | "CompletingRebalance"
  | "Stable"
  | "Dead";
