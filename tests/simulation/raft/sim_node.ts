/** A driver for the real raft core over a simulated disk and network: slow, and able to die at any moment. */

import type { NodeId, Uuid } from "../../../src/core/ids.ts";
import { leaderEpoch, offset } from "../../../src/core/ids.ts";
import type { Prng } from "../../../src/core/prng.ts";
import type { ControlRecord, Effect, ReplyEffect, SendEffect } from "../../../src/raft/effects.ts";
import type { RaftEvent } from "../../../src/raft/events.ts";
import type {
  RaftReply,
  RaftRequest,
  RaftResponse,
  UpgradeKRaftVersionRequest,
} from "../../../src/raft/messages.ts";
import { Raft } from "../../../src/raft/raft.ts";
import type { Endpoint, RaftConfig, ReplicaKey } from "../../../src/raft/types.ts";
import type { Checkers } from "./checkers.ts";
import type { Schedule } from "./schedule.ts";
import { controlRecords, type Entry, SimDisk, type Snapshot } from "./sim_disk.ts";

/** A response on the wire: with the records or the piece of a snapshot that the driver adds. */
export interface WireResponse {
  readonly reply: RaftReply;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
}

/** How a node reaches the others; answers come back through {@link SimNode.onAnswer}. */
export interface Wire {
  request(from: SimNode, to: number, requestId: number, request: RaftRequest): void;
}

export interface SimNodeContext {
  readonly schedule: Schedule;
  readonly prng: Prng;
  readonly checkers: Checkers;
  readonly wire: Wire;
  readonly trace: ((line: string) => void) | null;
  readonly faults: { appendFailChance: number; syncMs: number };
}

/** A snapshot travels in this many pieces of one byte. */
const SNAPSHOT_SIZE = 3;
/** Fetch replies carry at most this many records, so that logs differ by more than a reply. */
const MAX_RECORDS = 4;

export class SimNode {
  readonly id: NodeId;
  readonly config: RaftConfig;
  readonly disk = new SimDisk();
  raft: Raft | null = null;
  /** Answers to requests of an earlier life are nobody's. */
  incarnation = 0;
  highWatermark = 0;
  /** A restart may find another port. */
  localEndpoints: readonly Endpoint[];
  isShutDown = false;

  readonly #context: SimNodeContext;
  #queue: RaftEvent[] = [];
  #isBusy = false;
  #isSyncing = false;
  #persisting: (() => void) | null = null;
  #timer = 0;
  #nextToken = 1;
  #answers = new Map<number, (response: WireResponse) => void>();
  /** The records of the responses in the queue; a request that was doubled has two, and they may differ. */
  #fetched = new Map<RaftEvent, readonly Entry[]>();
  #fetchedNow: readonly Entry[] = [];
  #downloaded: Snapshot | null = null;
  #proposals = new Map<number, string>();

  constructor(config: RaftConfig, context: SimNodeContext) {
    this.id = config.localKey.id;
    this.config = config;
    this.localEndpoints = config.localEndpoints;
    this.#context = context;
  }

  get directoryId(): Uuid {
    return this.config.localKey.directoryId;
  }

  get key(): ReplicaKey {
    return this.config.localKey;
  }

  get log(): SimDisk {
    return this.disk;
  }

  start(): void {
    this.incarnation++;
    this.isShutDown = false;
    const summary = this.disk.open();
    this.highWatermark = this.disk.snapshot?.id.offset ?? 0;
    if (this.#context.prng.chance(0.1)) {
      this.localEndpoints = this.localEndpoints.map((endpoint) => ({ ...endpoint, port: endpoint.port + 1 }));
    }
    this.raft = new Raft(
      { ...this.config, localEndpoints: this.localEndpoints },
      this.disk.quorumState,
      summary,
    );
    this.#trace(`starts with the log ending at ${this.disk.endOffset}`);
    this.step({ type: "start" });
  }

  /** Loses everything that is not on the disk. */
  crash(): void {
    if (this.#persisting !== null && this.#context.prng.chance(0.5)) this.#persisting();
    this.disk.crash(this.#context.prng);
    this.#forget();
    this.#trace(`crashes; the log ends at ${this.disk.endOffset}`);
  }

  #forget(): void {
    this.incarnation++;
    this.raft = null;
    this.#queue = [];
    this.#isBusy = false;
    this.#isSyncing = false;
    this.#persisting = null;
    this.#timer++;
    this.#answers.clear();
    this.#fetched.clear();
    this.#proposals.clear();
    this.#downloaded = null;
  }

  /** Gives an event to the replica once the effects of earlier ones are carried out. */
  step(event: RaftEvent): void {
    if (this.raft === null) return;
    this.#queue.push(event);
    this.#drain();
  }

  /** Stands still for a while, as a stopped or starved process does, and then goes on as if nothing had been. */
  stall(durationMs: number): void {
    if (this.raft === null || this.#isBusy) return;
    this.#isBusy = true;
    const { incarnation } = this;
    this.#context.schedule.after(durationMs, () => {
      if (incarnation !== this.incarnation) return;
      this.#isBusy = false;
      this.#drain();
    });
  }

  /** A request from outside; `answer` is called at most once. */
  onRequest(
    request: RaftRequest | UpgradeKRaftVersionRequest,
    answer: (response: WireResponse) => void,
  ): void {
    const token = this.#nextToken++;
    this.#answers.set(token, answer);
    this.step({ type: "request", token, request });
  }

  /** The answer to a request of this node. */
  onAnswer(requestId: number, { reply, entries, snapshot }: WireResponse): void {
    const event: RaftEvent = { type: "response", requestId, response: this.#toResponse(reply, entries) };
    this.#fetched.set(event, entries);
    if (reply.type === "fetchSnapshot" && snapshot !== null) this.#downloaded = snapshot;
    this.step(event);
  }

  propose(value: string): void {
    const raft = this.raft;
    if (raft === null || !raft.isLeader) return;
    const token = this.#nextToken++;
    this.#proposals.set(token, value);
    this.step({ type: "propose", token, recordCount: 1, leaderEpoch: raft.leaderEpoch });
  }

  /** Snapshots what is committed, and sometimes drops the log before it (KIP-630). */
  snapshot(dropsLog: boolean): void {
    const raft = this.raft;
    if (raft === null || this.#isBusy || this.#queue.length > 0) return;
    const end = Number(raft.highWatermark);
    if (end <= Math.max(this.disk.startOffset, this.disk.snapshot?.id.offset ?? 0)) return;
    const id = { offset: offset(end), epoch: raft.epochAt(offset(end - 1)) };
    this.#context.checkers.onSnapshot(this.id, id.offset, id.epoch);
    this.disk.saveSnapshot(id);
    this.step({ type: "snapshotCreated", snapshotId: id });
    if (!dropsLog) return;
    this.disk.advanceStart(end);
    this.step({ type: "logStartAdvanced", logStartOffset: offset(end) });
  }

  #drain(): void {
    while (!this.#isBusy && this.raft !== null && this.#queue.length > 0) {
      const event = this.#queue.shift()!;
      this.#fetchedNow = this.#fetched.get(event) ?? [];
      this.#fetched.delete(event);
      const { effects, nextDeadlineMs } = this.raft.step(event, this.#context.schedule.nowMs);
      this.#isBusy = true;
      this.#carryOut(effects, 0);
      this.#checkAgainstDisk(effects);
      this.#arm(nextDeadlineMs);
      if (event.type === "appended") this.#sync();
    }
  }

  /** What raft believes of the log must be what is on the disk. */
  #checkAgainstDisk(effects: readonly Effect[]): void {
    const { raft } = this;
    if (raft === null || this.#isBusy) return;
    if (!effects.some((effect) => effect.type === "truncate" || effect.type === "votersChanged")) return;
    if (this.#queue[0]?.type === "appended") return;
    const onDisk = this.disk.latestVoters ?? this.config.bootstrapVoters;
    this.#context.checkers.onState(this, raft.logEnd.offset, raft.voters, onDisk);
  }

  #arm(deadlineMs: number): void {
    const timer = ++this.#timer;
    if (deadlineMs === Infinity) return;
    const { schedule } = this.#context;
    schedule.after(deadlineMs - schedule.nowMs, () => {
      if (timer === this.#timer) this.step({ type: "tick" });
    });
  }

  /** Carries effects out in order; one that takes time is followed by the rest of the batch when it is over. */
  #carryOut(effects: readonly Effect[], from: number): void {
    for (let index = from; index < effects.length; index++) {
      const effect = effects[index]!;
      if (effect.type === "persist") {
        const write = () => void (this.disk.quorumState = effect.state);
        this.#persisting = write;
        return this.#after(this.#context.faults.syncMs, () => {
          write();
          this.#persisting = null;
          this.#carryOut(effects, index + 1);
          this.#drain();
        });
      }
      if (effect.type === "installSnapshot") {
        return this.#after(this.#context.faults.syncMs, () => {
          this.#install(effect.snapshotId);
          this.#carryOut(effects, index + 1);
          this.#drain();
        });
      }
      this.#carryOutNow(effect);
      if (this.raft === null) return;
    }
    this.#isBusy = false;
  }

  #after(delayMs: number, run: () => void): void {
    const { incarnation } = this;
    this.#context.schedule.after(this.#context.prng.next() * delayMs, () => {
      if (incarnation === this.incarnation) run();
    });
  }

  #carryOutNow(effect: Effect): void {
    const { checkers } = this.#context;
    switch (effect.type) {
      case "truncate":
        this.disk.truncate(effect.endOffset);
        return this.#trace(`truncates to ${effect.endOffset}`);
      case "appendControl":
        return this.#append(
          effect.records.map((record, index) => controlEntry(effect.leaderEpoch, record, index > 0)),
        );
      case "appendProposal":
        return this.#append([{
          epoch: effect.leaderEpoch,
          value: this.#proposals.get(effect.token)!,
          control: null,
        }]);
      case "appendFetched":
        return this.#append(this.#fetchedNow);
      case "send":
        return this.#send(effect);
      case "reply":
        return this.#reply(effect);
      case "highWatermark":
        checkers.onHighWatermark(this, this.highWatermark, effect.offset);
        this.highWatermark = effect.offset;
        return;
      case "leaderChanged":
        this.#trace(
          `${effect.isLocal ? "LEADS" : `sees leader ${effect.leaderId} in`} epoch ${effect.leaderEpoch}`,
        );
        checkers.onLeaderNamed(effect.leaderId, effect.leaderEpoch);
        if (effect.isLocal) checkers.onElected(this, effect.leaderEpoch);
        return;
      case "votersChanged":
        return this.#trace(`voters are ${effect.voters.map((voter) => voter.id)}`);
      case "shutdownComplete":
        this.isShutDown = true;
        this.#forget();
        return;
      default:
        return;
    }
  }

  #append(entries: readonly Entry[]): void {
    if (this.#context.prng.chance(this.#context.faults.appendFailChance)) {
      this.#queue.unshift({ type: "appendFailed" });
      return;
    }
    const from = this.disk.endOffset;
    this.disk.append(entries);
    this.#context.checkers.onAppended(this, from);
    this.#queue.unshift({ type: "appended", endOffset: offset(this.disk.endOffset) });
  }

  /** One sync at a time, of whatever the log holds when it begins. */
  #sync(): void {
    const raft = this.raft;
    if (this.#isSyncing || raft === null) return;
    const logEnd = raft.logEnd;
    if (logEnd.offset !== this.disk.endOffset) return;
    this.#isSyncing = true;
    this.disk.beginSync();
    this.#after(this.#context.faults.syncMs, () => {
      this.#isSyncing = false;
      this.disk.endSync();
      this.step({ type: "flushed", logEnd });
      if (this.raft !== null && this.raft.logEnd.offset > logEnd.offset) this.#sync();
    });
  }

  #install(snapshotId: { readonly offset: number; readonly epoch: number }): void {
    const snapshot = this.#downloaded;
    const { checkers, prng } = this.#context;
    const isRight = snapshot?.id.offset === snapshotId.offset && snapshot.id.epoch === snapshotId.epoch;
    if (snapshot === null || !isRight || prng.chance(0.1)) {
      this.#queue.unshift({
        type: "snapshotRefused",
        snapshotId: { offset: offset(snapshotId.offset), epoch: leaderEpoch(snapshotId.epoch) },
      });
      return;
    }
    this.#trace(`installs snapshot ${snapshotId.offset}-${snapshotId.epoch}`);
    checkers.onSnapshot(this.id, snapshotId.offset, snapshotId.epoch);
    this.disk.installSnapshot(snapshot);
    const { id, voters, kraftVersion } = snapshot;
    this.#queue.unshift({ type: "snapshotInstalled", snapshotId: id, voters, kraftVersion });
  }

  #send({ requestId, to, request }: SendEffect): void {
    this.#trace(`asks ${to} ${requestText(request)}`);
    this.#context.wire.request(this, to, requestId, request);
  }

  #reply({ token, reply }: ReplyEffect): void {
    const answer = this.#answers.get(token);
    this.#answers.delete(token);
    let entries: readonly Entry[] = [];
    let snapshot: Snapshot | null = null;
    let completed = reply;
    if (reply.type === "fetch" && reply.readFrom !== null) {
      entries = this.disk.read(reply.readFrom, Math.min(reply.readTo, reply.readFrom + MAX_RECORDS));
    }
    if (reply.type === "fetchSnapshot" && reply.errorCode === 0) {
      snapshot = this.disk.snapshot;
      const isThere = snapshot?.id.offset === reply.snapshotId.offset &&
        snapshot.id.epoch === reply.snapshotId.epoch;
      if (!isThere) completed = { ...reply, errorCode: 98 };
    }
    answer?.({ reply: completed, entries, snapshot });
  }

  #toResponse(reply: RaftReply, entries: readonly Entry[]): RaftResponse {
    if (reply.type === "fetch") {
      const baseOffset = reply.readFrom ?? offset(0);
      const starts = entries.map((entry, index) => ({
        epoch: entry.epoch,
        startOffset: offset(baseOffset + index),
      }));
      const epochStarts = starts.filter((start, index) => start.epoch !== starts[index - 1]?.epoch);
      const endOffset = offset(baseOffset + entries.length);
      const records = { baseOffset, endOffset, epochStarts, ...controlRecords(entries, baseOffset) };
      return { ...reply, records: entries.length === 0 ? null : records };
    }
    if (reply.type === "fetchSnapshot") return { ...reply, length: 1, size: SNAPSHOT_SIZE };
    return reply as RaftResponse;
  }

  #trace(line: string): void {
    this.#context.trace?.(`${this.#context.schedule.nowMs.toFixed(1).padStart(8)} ${this.id}: ${line}`);
  }
}

function controlEntry(epoch: Entry["epoch"], record: ControlRecord, isInBatch: boolean): Entry {
  return { epoch, value: JSON.stringify(record), control: record, isInBatch };
}

function requestText(request: RaftRequest): string {
  if (request.type === "fetch") {
    return `fetch ${request.fetchOffset}-${request.lastFetchedEpoch} in ${request.currentLeaderEpoch}`;
  }
  if (request.type === "vote") return `${request.preVote ? "pre-vote" : "vote"} in ${request.replicaEpoch}`;
  return request.type;
}
