/**
 * Drives the pure raft core: gives it events one at a time, carries its effects out in order (disk, network, timer),
 * and hands committed batches on. What the core expects of a driver is at the head of raft/raft.ts.
 */

import { assert, present, unreachable } from "../../core/assert.ts";
import { Deque } from "../../core/deque.ts";
import { DecodeError, messageOf } from "../../core/errors.ts";
import { type LeaderEpoch, NO_EPOCH, NO_NODE, type NodeId, type Offset } from "../../core/ids.ts";
import type { Logger } from "../../core/logger.ts";
import { NetworkError, type NetworkErrorCode } from "../../platform/network.ts";
import type { Platform, Timer } from "../../platform/platform.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type {
  AppendControlEffect,
  AppendFetchedEffect,
  AppendProposalEffect,
  Effect,
  SendEffect,
} from "../../raft/effects.ts";
import type { RaftEvent } from "../../raft/events.ts";
import type {
  FetchSnapshotReply,
  RaftReply,
  RaftRequest,
  RaftResponse,
  UpgradeKRaftVersionRequest,
} from "../../raft/messages.ts";
import { Raft } from "../../raft/raft.ts";
import type { LogSummary, OffsetAndEpoch, QuorumState, RaftConfig } from "../../raft/types.ts";
import { BatchBuilder } from "../../records/batch_builder.ts";
import { encodeControlRecord } from "./control_records.ts";
import { checkFetched, type FetchedBatches, type MetadataLog } from "./metadata_log.ts";
import type { QuorumStateFile } from "./quorum_state_file.ts";
import type { SnapshotDownload } from "./snapshot_download.ts";
import type { SnapshotContent } from "./snapshot_files.ts";
import type { PeerResponse } from "./wire.ts";

/** Nobody listens there any more, or the other side ended a connection on which it owed an answer. */
const PROCESS_IS_GONE: readonly NetworkErrorCode[] = ["refused", "reset"];

/** Records to append, made when it is known where they go. */
export interface Proposal {
  /** The values of at least one record. Called once, synchronously before they are written; null gives up. */
  prepare(
    at: { readonly baseOffset: Offset; readonly leaderEpoch: LeaderEpoch },
  ): readonly Uint8Array[] | null;
  /** They are in the log, not yet committed: `lastOffset` is the offset of the last one. */
  appended(lastOffset: Offset, timestampMs: number): void;
  /** They are not in the log and never will be. */
  refused(reason: "not-leader" | "storage"): void;
}

/** Is told what happens, in order. All calls are synchronous. */
export interface DriverListener {
  /** Everything below is committed. */
  onHighWatermark(offset: Offset): void;
  onLeader(leaderId: NodeId, leaderEpoch: LeaderEpoch): void;
  /** Once what is committed now has been applied, this node may act as the active controller. */
  onLeaderReady(leaderEpoch: LeaderEpoch): void;
  /** The log was cut: batches from `endOffset` on are gone. */
  onTruncated(endOffset: Offset): void;
  /** The state is to be replaced by a snapshot that a leader sent. Throws `DecodeError` to refuse it. */
  onSnapshot(id: OffsetAndEpoch, content: SnapshotContent): void;
  /** The disk failed: this node can take no further part. */
  onFailure(error: unknown): void;
}

/** An answer to a request of a peer, with what the driver added. */
export interface CompletedReply {
  readonly reply: RaftReply;
  /** Records, or a piece of a snapshot. */
  readonly bytes: Uint8Array | null;
  /** The size of the whole snapshot, for FetchSnapshot. */
  readonly snapshotSize: number;
}

export interface DriverOptions {
  readonly platform: Pick<Platform, "clock" | "timers">;
  readonly logger: Logger;
  readonly raftConfig: RaftConfig;
  readonly saved: QuorumState;
  readonly summary: LogSummary;
  readonly log: MetadataLog;
  readonly stateFile: QuorumStateFile;
  readonly download: SnapshotDownload;
  /** Sends a request to a peer; null when its response is unusable. */
  readonly ask: (effect: SendEffect) => Promise<PeerResponse | null>;
  readonly listener: DriverListener;
}

type Work =
  | { readonly kind: "event"; readonly event: RaftEvent }
  | { readonly kind: "proposal"; readonly proposal: Proposal };

interface Waiting {
  resolve(reply: CompletedReply): void;
  readonly maxBytes: number;
}

export class Driver {
  readonly raft: Raft;
  readonly #options: DriverOptions;
  readonly #log: MetadataLog;
  readonly #queue = new Deque<Work>();
  /** True while a batch of effects is carried out. */
  #isBusy = false;
  #isSyncing = false;
  /** Up to where the last sync reached; what was cut off since then counts again once it is rewritten. */
  #flushed: number;
  #isStarted = false;
  #isClosed = false;
  #timer: Timer | null = null;
  #timerAtMs = Infinity;
  #nextToken = 1;
  readonly #requests = new Map<number, Waiting>();
  /** Records of fetch responses that raft has not decided on. */
  readonly #fetched = new Map<number, FetchedBatches>();
  /** The proposal that raft is being asked about. */
  #proposed: Proposed | null = null;
  /** What raft must hear next about the log. */
  #report: RaftEvent | null = null;
  #onShutdown: (() => void) | null = null;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#flushed = options.summary.logEndOffset;
    this.raft = new Raft(options.raftConfig, options.saved, options.summary);
  }

  /** How much is kept for those who wait: requests, answers that raft has not decided on, and what is to be done. */
  get held() {
    return { requests: this.#requests.size, fetched: this.#fetched.size, queued: this.#queue.size };
  }

  start(): void {
    this.#isStarted = true;
    this.#step({ type: "start" });
  }

  /** Appends records at the end of the log, in turn with everything else. */
  propose(proposal: Proposal): void {
    if (this.#isClosed) return proposal.refused("not-leader");
    this.#queue.pushLast({ kind: "proposal", proposal });
    this.#pump();
  }

  /** Answers a peer or an administrator; a fetch may wait. Once the driver is closed everything is refused. */
  request(request: RaftRequest | UpgradeKRaftVersionRequest, maxBytes = 0): Promise<CompletedReply> {
    if (this.#isClosed) return Promise.resolve(CLOSED);
    return new Promise((resolve) => {
      const token = this.#nextToken++;
      this.#requests.set(token, { resolve, maxBytes });
      this.#step({ type: "request", token, request });
    });
  }

  /** A snapshot of this node is in the directory and in the log's list; the log start may have moved. */
  snapshotCreated(snapshotId: OffsetAndEpoch, logStartOffset: Offset | null): void {
    this.#step({ type: "snapshotCreated", snapshotId });
    if (logStartOffset !== null) this.#step({ type: "logStartAdvanced", logStartOffset });
  }

  /** Gives up leadership because the state machine cannot go on. */
  resign(leaderEpoch: LeaderEpoch): void {
    this.#step({ type: "resign", leaderEpoch });
  }

  /** Hands over, at most for `timeoutMs`; afterwards nothing moves any more. */
  async shutdown(timeoutMs: number): Promise<void> {
    // A node that fails before it is started has nothing to hand over.
    if (this.#isStarted && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#onShutdown = resolve;
        this.#step({ type: "shutdown", timeoutMs });
      });
    }
    this.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = null;
    for (let work = this.#queue.takeFirst(); work !== undefined; work = this.#queue.takeFirst()) {
      if (work.kind === "proposal") work.proposal.refused("not-leader");
    }
    for (const { resolve } of this.#requests.values()) resolve(CLOSED);
    this.#requests.clear();
    this.#onShutdown?.();
  }

  #step(event: RaftEvent): void {
    if (this.#isClosed) return;
    this.#queue.pushLast({ kind: "event", event });
    this.#pump();
  }

  #pump(): void {
    if (this.#isBusy || this.#isClosed) return;
    this.#isBusy = true;
    this.#work().catch((error) => this.#fail(error));
  }

  /** Works off the queue. Runs to the end within the call unless an effect takes time. */
  async #work(): Promise<void> {
    for (let work = this.#queue.takeFirst(); work !== undefined; work = this.#queue.takeFirst()) {
      let event = work.kind === "event" ? work.event : this.#prepare(work.proposal);
      const requestId = event?.type === "response" ? event.requestId : -1;
      while (event !== null && !this.#isClosed) {
        const { effects, nextDeadlineMs } = this.raft.step(event, this.#options.platform.clock.monotonicMs());
        for (const effect of effects) {
          const time = this.#perform(effect);
          if (time !== undefined) await time;
        }
        this.#arm(nextDeadlineMs);
        // What raft has to hear about the log comes before everything that waits.
        event = this.#report;
        this.#report = null;
      }
      this.#fetched.delete(requestId);
      this.#sync();
    }
    this.#isBusy = false;
  }

  /** Has a proposal made for where the log ends now; null when nothing is to be appended. */
  #prepare(proposal: Proposal): RaftEvent | null {
    const { raft } = this;
    if (!raft.isLeader) {
      proposal.refused("not-leader");
      return null;
    }
    const leaderEpoch = raft.leaderEpoch as LeaderEpoch;
    const values = proposal.prepare({ baseOffset: raft.logEnd.offset, leaderEpoch });
    if (values === null) return null;
    const timestampMs = this.#options.platform.clock.wallMs();
    const builder = new BatchBuilder({ partitionLeaderEpoch: leaderEpoch });
    for (const value of values) builder.append({ timestamp: timestampMs, key: null, value });
    this.#proposed = { proposal, batch: builder.build(), timestampMs };
    return { type: "propose", token: this.#nextToken++, recordCount: values.length, leaderEpoch };
  }

  /** Carries one effect out; a promise when that takes time. */
  #perform(effect: Effect): Promise<void> | undefined {
    const { listener, stateFile } = this.#options;
    switch (effect.type) {
      case "persist":
        return stateFile.write(effect.state);
      case "truncate":
        listener.onTruncated(effect.endOffset);
        this.#flushed = Math.min(this.#flushed, effect.endOffset);
        return this.#log.truncateTo(effect.endOffset);
      case "appendControl":
        return this.#appendControl(effect);
      case "appendProposal":
        return this.#appendProposal(effect);
      case "refuseProposal":
        this.#takeProposed().proposal.refused("not-leader");
        return;
      case "appendFetched":
        return this.#appendFetched(effect);
      case "send":
        this.#send(effect);
        return;
      case "reply":
        return this.#reply(effect.token, effect.reply);
      case "highWatermark":
        listener.onHighWatermark(effect.offset);
        return;
      case "leaderChanged":
        listener.onLeader(effect.leaderId, effect.leaderEpoch);
        return;
      case "leaderReady":
        listener.onLeaderReady(effect.leaderEpoch);
        return;
      case "votersChanged":
        this.#options.logger.info("the voters of the metadata quorum changed", {
          voters: effect.voters.map((voter) => voter.id).join(","),
        });
        return;
      case "installSnapshot":
        return this.#installSnapshot(effect.snapshotId);
      case "shutdownComplete":
        this.close();
        return;
      default:
        return unreachable(effect, "a raft effect");
    }
  }

  #appended(isWritten: boolean): void {
    this.#report = isWritten
      ? { type: "appended", endOffset: this.#log.endOffset }
      : { type: "appendFailed" };
  }

  #appendControl({ leaderEpoch, records }: AppendControlEffect): undefined {
    const builder = new BatchBuilder({ isControl: true, partitionLeaderEpoch: leaderEpoch });
    const timestamp = this.#options.platform.clock.wallMs();
    for (const record of records) builder.append({ timestamp, ...encodeControlRecord(record) });
    this.#appended(this.#log.append(builder.build(), leaderEpoch));
  }

  #appendProposal({ baseOffset, leaderEpoch }: AppendProposalEffect): undefined {
    const { proposal, batch, timestampMs } = this.#takeProposed();
    assert(baseOffset === this.#log.endOffset, "a proposal is appended where it was prepared for");
    const isWritten = this.#log.append(batch, leaderEpoch);
    this.#appended(isWritten);
    if (isWritten) proposal.appended((this.#log.endOffset - 1) as Offset, timestampMs);
    else proposal.refused("storage");
  }

  #takeProposed(): Proposed {
    const proposed = present(this.#proposed, "the proposal that raft was asked about");
    this.#proposed = null;
    return proposed;
  }

  #appendFetched({ requestId, baseOffset, endOffset }: AppendFetchedEffect): undefined {
    const fetched = present(this.#fetched.get(requestId), "the records to append");
    assert(
      fetched.baseOffset === baseOffset && fetched.endOffset === endOffset,
      "all fetched records are appended",
    );
    this.#appended(this.#log.appendFetched(fetched.bytes));
  }

  #send(effect: SendEffect): void {
    const { requestId, request } = effect;
    this.#options.ask(effect).then(
      (answer) => {
        const response = answer === null ? null : this.#takeBytes(effect, answer);
        if (response === null) this.#step({ type: "requestFailed", requestId });
        else this.#step({ type: "response", requestId, response });
      },
      (error) => {
        const refused = error instanceof NetworkError && PROCESS_IS_GONE.includes(error.code);
        const fields = { to: effect.to, request: request.type, reason: messageOf(error) };
        this.#options.logger.debug("a request to another controller came to nothing", fields);
        this.#step({ type: "requestFailed", requestId, refused });
      },
    ).catch((error) => this.#fail(error));
  }

  /** Keeps the bytes of a response until raft has decided on them; null when they are not usable. */
  #takeBytes({ requestId, request }: SendEffect, { response, bytes }: PeerResponse): RaftResponse | null {
    if (bytes === null || bytes.length === 0 || response.errorCode !== 0) return response;
    if (request.type === "fetch" && response.type === "fetch") {
      const batches = checkFetched(bytes, request.fetchOffset);
      if (batches === null) return null;
      this.#fetched.set(requestId, batches);
      return { ...response, records: batches };
    }
    if (response.type === "fetchSnapshot") {
      this.#options.download.put(response.snapshotId, response.position, bytes);
    }
    return response;
  }

  #reply(token: number, reply: RaftReply): Promise<void> | undefined {
    const waiting = this.#requests.get(token);
    // Closed meanwhile, and answered by that.
    if (waiting === undefined) return;
    this.#requests.delete(token);
    if (reply.type === "fetch" && reply.readFrom !== null && reply.readFrom < reply.readTo) {
      return this.#log.read(reply.readFrom, { upTo: reply.readTo, maxBytes: waiting.maxBytes })
        .then((bytes) => waiting.resolve({ reply, bytes, snapshotSize: 0 }));
    }
    if (reply.type === "fetchSnapshot" && reply.errorCode === ErrorCode.NONE) {
      waiting.resolve(this.#snapshotPiece(reply, waiting.maxBytes));
    } else waiting.resolve({ reply, bytes: null, snapshotSize: 0 });
    return;
  }

  #snapshotPiece(reply: FetchSnapshotReply, maxBytes: number): CompletedReply {
    const { snapshotId, position } = reply;
    const id = this.#log.snapshots.find((one) =>
      one.offset === snapshotId.offset && one.epoch === snapshotId.epoch
    );
    const refuse = (errorCode: number) => ({ reply: { ...reply, errorCode }, bytes: null, snapshotSize: 0 });
    if (id === undefined) return refuse(ErrorCode.SNAPSHOT_NOT_FOUND);
    const { bytes, size } = this.#log.readSnapshotPiece(id, position, maxBytes);
    if (bytes.length === 0) return refuse(ErrorCode.POSITION_OUT_OF_RANGE);
    return { reply, bytes, snapshotSize: size };
  }

  async #installSnapshot(snapshotId: OffsetAndEpoch): Promise<void> {
    const { download, listener, logger } = this.#options;
    try {
      const content = await download.complete(snapshotId);
      listener.onSnapshot(snapshotId, content);
      await this.#log.restartAt(snapshotId);
      this.#flushed = snapshotId.offset;
      this.#log.addSnapshot(snapshotId);
      const last = <T extends object>(values: readonly T[]) => {
        const value = values.at(-1);
        return value === undefined ? null : { ...value, offset: -1 as Offset };
      };
      const { voterSets, kraftVersions } = content.control;
      const voters = last(voterSets);
      this.#report = { type: "snapshotInstalled", snapshotId, voters, kraftVersion: last(kraftVersions) };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      logger.warn("a metadata snapshot from the leader is damaged", { reason: messageOf(error) });
      download.discard();
      this.#report = { type: "snapshotRefused", snapshotId };
    }
  }

  /** Makes what is in the log durable: one sync at a time, of whatever is there when it begins. */
  #sync(): void {
    const { logEnd } = this.raft;
    if (this.#isSyncing || this.#isClosed || logEnd.offset <= this.#flushed) return;
    this.#isSyncing = true;
    this.#log.flushedTo(logEnd.offset).then((isDurable) => {
      this.#isSyncing = false;
      if (this.#isClosed) return;
      if (!isDurable && this.#log.isOffline) return this.#fail(new Error("the metadata log is offline"));
      if (isDurable) this.#flushed = logEnd.offset;
      this.#step({ type: "flushed", logEnd });
    }).catch((error) => this.#fail(error));
  }

  #arm(deadlineMs: number): void {
    if (deadlineMs === this.#timerAtMs && this.#timer !== null) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerAtMs = deadlineMs;
    if (deadlineMs === Infinity || this.#isClosed) return;
    const { clock, timers } = this.#options.platform;
    this.#timer = timers.after(Math.max(0, deadlineMs - clock.monotonicMs()), () => {
      this.#timer = null;
      this.#step({ type: "tick" });
    });
  }

  /** The disk failed, or an invariant: this replica must not go on as if nothing had happened. */
  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.listener.onFailure(error);
  }
}

/** What is answered when nobody is there any more. */
const CLOSED: CompletedReply = {
  reply: {
    type: "endQuorumEpoch",
    errorCode: ErrorCode.BROKER_NOT_AVAILABLE,
    leaderId: NO_NODE,
    leaderEpoch: NO_EPOCH,
    leaderEndpoints: [],
  },
  bytes: null,
  snapshotSize: 0,
};

interface Proposed {
  readonly proposal: Proposal;
  readonly batch: Uint8Array;
  readonly timestampMs: number;
}
