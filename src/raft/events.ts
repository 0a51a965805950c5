/** What can happen to a replica. Each is given to `Raft.step` with the monotonic time in milliseconds. */

import type { LeaderEpoch, Offset } from "../core/ids.ts";
import type { RaftRequest, RaftResponse, UpgradeKRaftVersionRequest } from "./messages.ts";
import type { KRaftVersionAt, OffsetAndEpoch, VotersAt } from "./types.ts";

/** The first event: the log and `quorum-state` are open and peers can be reached. */
export interface StartEvent {
  readonly type: "start";
}

/** Time has passed: the deadline of the last batch of effects has come. A tick too early does no harm. */
export interface TickEvent {
  readonly type: "tick";
}

/** A request has arrived. `token` is the driver's: the reply names it, in this batch or a later one. */
export interface RequestEvent {
  readonly type: "request";
  readonly token: number;
  readonly request: RaftRequest | UpgradeKRaftVersionRequest;
}

/** The response to the request that a `send` effect numbered. */
export interface ResponseEvent {
  readonly type: "response";
  readonly requestId: number;
  readonly response: RaftResponse;
}

/** The request came to nothing: not connected, connection lost, timed out, unreadable response. */
export interface RequestFailedEvent {
  readonly type: "requestFailed";
  readonly requestId: number;
  /** The peer's machine says that nobody listens, or it closed the connection: the process is likely gone. */
  readonly refused?: boolean;
}

/** The append that the last batch asked for is in the log (not yet durable): it now ends at `endOffset`. */
export interface AppendedEvent {
  readonly type: "appended";
  readonly endOffset: Offset;
}

/** The append that the last batch asked for left no trace in the log: full disk, invalid records. */
export interface AppendFailedEvent {
  readonly type: "appendFailed";
}

/** The log is durable up to where `Raft.logEnd` was when the flush began. After a truncation it says nothing. */
export interface FlushedEvent {
  readonly type: "flushed";
  readonly logEnd: OffsetAndEpoch;
}

/** The state machine wants `recordCount` records, as one batch, at the end of the log. */
export interface ProposeEvent {
  readonly type: "propose";
  readonly token: number;
  readonly recordCount: number;
  /** The epoch that the records were prepared in; another one refuses the proposal. */
  readonly leaderEpoch: LeaderEpoch;
}

/** A local snapshot of everything below `snapshotId.offset`, at most the high watermark, is durable (KIP-630). */
export interface SnapshotCreatedEvent {
  readonly type: "snapshotCreated";
  readonly snapshotId: OffsetAndEpoch;
}

/** The log now begins at `logStartOffset`: at most the end of the newest snapshot. */
export interface LogStartAdvancedEvent {
  readonly type: "logStartAdvanced";
  readonly logStartOffset: Offset;
}

/** The downloaded snapshot is verified, durable and loaded; the log is empty and begins and ends where it ends. */
export interface SnapshotInstalledEvent {
  readonly type: "snapshotInstalled";
  readonly snapshotId: OffsetAndEpoch;
  /** The voter set and kraft.version in it (offset -1), if it has them. */
  readonly voters: VotersAt | null;
  readonly kraftVersion: KRaftVersionAt | null;
}

/** The downloaded snapshot is unusable and has been thrown away. */
export interface SnapshotRefusedEvent {
  readonly type: "snapshotRefused";
  readonly snapshotId: OffsetAndEpoch;
}

/** Hand over leadership, then say `shutdownComplete`, at the latest after `timeoutMs`. */
export interface ShutdownEvent {
  readonly type: "shutdown";
  readonly timeoutMs: number;
}

/** The state machine of this leader cannot go on: somebody else should lead. */
export interface ResignEvent {
  readonly type: "resign";
  readonly leaderEpoch: LeaderEpoch;
}

export type RaftEvent =
  | StartEvent
  | TickEvent
  | RequestEvent
  | ResponseEvent
  | RequestFailedEvent
  | AppendedEvent
  | AppendFailedEvent
  | FlushedEvent
  | ProposeEvent
  | SnapshotCreatedEvent
  | LogStartAdvancedEvent
  | SnapshotInstalledEvent
  | SnapshotRefusedEvent
  | ShutdownEvent
  | ResignEvent;
