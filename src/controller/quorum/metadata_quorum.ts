/**
 * A node's part in the metadata quorum: the replicated log, the newest committed image, and, on the leader, appending
 * to both. A controller is a voter; a node that is only a broker uses the same class as an observer.
 */

import { Deque } from "../../core/deque.ts";
import { messageOf } from "../../core/errors.ts";
import { Histogram } from "../../core/histogram.ts";
import { type LeaderEpoch, NO_NODE, type NodeId, type Offset } from "../../core/ids.ts";
import type { MetadataChange } from "../../metadata/change.ts";
import { compareImages } from "../../metadata/compare_images.ts";
import { emptyImage, type MetadataImage } from "../../metadata/image.ts";
import { ImageLoader, type ImageUpdate } from "../../metadata/image_loader.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import type { RaftRequest, UpgradeKRaftVersionRequest } from "../../raft/messages.ts";
import type { Endpoint, OffsetAndEpoch, QuorumDescription, Role, Voter } from "../../raft/types.ts";
import { CommitLog, type CommittedBatch } from "./commit_log.ts";
import { type CompletedReply, Driver, type DriverListener, type DriverOptions } from "./driver.ts";
import { MetadataLog } from "./metadata_log.ts";
import type { QuorumOptions } from "./options.ts";
import { PeerRequests } from "./peer_requests.ts";
import { type PreparedRecords, prepareRecords } from "./prepared_records.ts";
import { QuorumStateFile } from "./quorum_state_file.ts";
import { raftConfigOf } from "./raft_config.ts";
import { SnapshotDownload } from "./snapshot_download.ts";
import type { SnapshotContent } from "./snapshot_files.ts";
import { imageOfSnapshot } from "./snapshot_image.ts";
import { Snapshotter } from "./snapshotter.ts";

/** Is told of every committed image, in order, with what differs from the one before. */
export type ImageListener = (image: MetadataImage, change: MetadataChange) => void;

/** Who leads the quorum; -1 when nobody does as far as this node knows. */
export interface Leadership {
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  /** This node leads, everything that earlier leaders committed has been applied, and it may append. */
  readonly isActive: boolean;
}

/** Where records go that are about to be made. */
export interface AppendPoint {
  /** Everything so far, committed or not: what the new records are to be made for. */
  readonly image: MetadataImage;
  /** The offset of the first new record. */
  readonly baseOffset: Offset;
}

export type LeaderListener = (leadership: Leadership) => void;

/** Makes records for where they go; an empty list waits for the commit of what is there. */
export type MakeRecords = (at: AppendPoint) => readonly MetadataRecordDraft[];

/**
 * How an append ended. Committed up to and including `lastOffset`; or not appended because this node is not active
 * or its disk is full; or "lost": somebody else leads now, and may or may not have the records.
 */
export type AppendOutcome =
  | { readonly ok: true; readonly lastOffset: Offset }
  | { readonly ok: false; readonly reason: "not-active" | "storage" | "lost" };

interface Waiter {
  readonly lastOffset: Offset;
  /** When it was appended, in monotonic milliseconds; null when nothing was. */
  readonly appendedMs: number | null;
  resolve(outcome: AppendOutcome): void;
}

export class MetadataQuorum {
  readonly #options: QuorumOptions;
  readonly #log: MetadataLog;
  readonly #driver: Driver;
  readonly #commits: CommitLog;
  readonly #loader: ImageLoader;
  readonly #snapshotter: Snapshotter;
  readonly #imageListeners = new Set<ImageListener>();
  readonly #leaderListeners = new Set<LeaderListener>();
  /** Who waits for the commit of an offset, ascending. */
  readonly #waiters = new Deque<Waiter>();
  #leadership: Leadership = { leaderId: NO_NODE, leaderEpoch: 0 as LeaderEpoch, isActive: false };
  /** Active once everything below the offset is applied. */
  #readyAt: { readonly leaderEpoch: LeaderEpoch; readonly offset: Offset } | null = null;
  /** With what is appended but not committed; meaningful while active. */
  #latest: MetadataImage;
  #highWatermark: Offset;
  #hasFailed = false;

  private constructor(options: QuorumOptions, parts: QuorumParts) {
    this.#options = options;
    this.#log = parts.log;
    this.#loader = new ImageLoader(parts.image);
    this.#latest = parts.image;
    this.#highWatermark = (parts.image.offset + 1) as Offset;
    this.#snapshotter = new Snapshotter({ ...options, log: parts.log });
    if (parts.snapshot !== null) this.#snapshotter.onCommitted(0, parts.snapshot.control);
    this.#commits = new CommitLog({
      log: parts.log,
      platform: options.platform,
      startOffset: this.#highWatermark,
      onBatch: (batch) => this.#onBatch(batch),
      onFailure: (error) => this.#fail(error),
    });
    this.#driver = new Driver({ ...parts.driver, listener: this.#listener() });
  }

  /**
   * Opens the metadata log and the newest snapshot. Nothing is sent, and nothing behind the snapshot counts as
   * committed, before {@link start}. Throws `DiskError`, and `DecodeError` when the log is damaged.
   */
  static async open(options: QuorumOptions): Promise<MetadataQuorum> {
    const { platform, logger, config, directory, meta } = options;
    const log = await MetadataLog.open(platform, { dataDirectory: directory, config, logger });
    const snapshot = log.loadNewestSnapshot();
    const id = log.newestSnapshot;
    const stateFile = new QuorumStateFile(platform.disk, log.directory);
    const download = new SnapshotDownload(platform.disk, log.directory);
    download.removeLeftovers();
    const peers = new PeerRequests(options);
    const image = snapshot === null || id === null
      ? emptyImage(meta.clusterId)
      : imageOfSnapshot(meta.clusterId, id, snapshot);
    const quorum: MetadataQuorum = new MetadataQuorum(options, {
      log,
      image,
      snapshot,
      driver: {
        platform,
        logger,
        log,
        stateFile,
        download,
        raftConfig: raftConfigOf(options, () => quorum.image),
        saved: stateFile.read(),
        summary: await log.summarize(snapshot),
        ask: (effect) => peers.ask(effect),
      },
    });
    return quorum;
  }

  start(): void {
    this.#driver.start();
  }

  /** Hands leadership over, waiting for that at most `timeoutMs`, and closes the log. */
  async shutdown(timeoutMs: number): Promise<void> {
    await this.#driver.shutdown(timeoutMs);
    this.#setLeadership({ ...this.#leadership, isActive: false });
    this.#commits.close();
    await this.#log.close();
  }

  /** Stops as a crash would: nothing is handed over or flushed. For tests. */
  abandon(): void {
    this.#driver.close();
    this.#commits.close();
    this.#log.abandon();
  }

  /** How much this node keeps for those who wait for its quorum. */
  get held() {
    return this.#driver.held;
  }

  /** The newest committed image. */
  get image(): MetadataImage {
    return this.#loader.image;
  }

  /** A metadata transaction has begun and is neither ended nor aborted (KIP-868). */
  get isInTransaction(): boolean {
    return this.#loader.isInTransaction;
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  /** Where the leader listens, as far as this node knows. */
  get leaderEndpoints(): readonly Endpoint[] {
    return this.#driver.raft.leaderEndpoints;
  }

  get voters(): readonly Voter[] {
    return this.#driver.raft.voters;
  }

  /** The finalized kraft.version: from 1 on the voters can change (KIP-853). */
  get kraftVersion(): number {
    return this.#driver.raft.kraftVersion;
  }

  get logStartOffset(): Offset {
    return this.#log.startOffset;
  }

  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  /** How long what this node appended took to be committed and applied. */
  readonly commitLatency = new Histogram();

  /** The part that this node takes in the quorum. */
  get role(): Role | "observer" {
    const { role, isVoter } = this.#driver.raft;
    return role === "follower" && !isVoter ? "observer" : role;
  }

  get logEndOffset(): Offset {
    return this.#driver.raft.logEnd.offset;
  }

  /** What DescribeQuorum tells. Times are monotonic milliseconds of this node. */
  describe(): QuorumDescription {
    return this.#driver.raft.describe();
  }

  /** Calls `listener` for every committed image from now on; returns what ends that. */
  onImage(listener: ImageListener): () => void {
    this.#imageListeners.add(listener);
    return () => this.#imageListeners.delete(listener);
  }

  /** Calls `listener` whenever the leader, its epoch or its readiness is another. */
  onLeadership(listener: LeaderListener): () => void {
    this.#leaderListeners.add(listener);
    return () => this.#leaderListeners.delete(listener);
  }

  /** Answers a peer. `maxBytes` bounds records and pieces of snapshots. */
  request(request: RaftRequest | UpgradeKRaftVersionRequest, maxBytes = 0): Promise<CompletedReply> {
    return this.#driver.request(request, maxBytes);
  }

  /**
   * Appends records as the active leader; resolves when they are committed and applied. `make` is called
   * synchronously right before they are written, in the order of the calls; what it throws rejects.
   */
  append(make: MakeRecords): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => {
      let prepared: PreparedRecords | null = null;
      let base = this.#latest;
      this.#driver.propose({
        prepare: ({ baseOffset, leaderEpoch }) => {
          if (!this.#leadership.isActive || this.#leadership.leaderEpoch !== leaderEpoch) {
            resolve(NOT_ACTIVE);
            return null;
          }
          base = this.#latest;
          try {
            const drafts = make({ image: base, baseOffset });
            if (drafts.length === 0) {
              this.#wait({ lastOffset: (baseOffset - 1) as Offset, appendedMs: null, resolve });
              return null;
            }
            const at = { baseOffset, leaderEpoch, timestampMs: this.#options.platform.clock.wallMs() };
            prepared = prepareRecords(base, drafts, at);
            return prepared.values;
          } catch (error) {
            reject(error);
            return null;
          }
        },
        appended: (lastOffset, timestampMs) => {
          const { records, update, sizeBytes } = prepared!;
          const baseOffset = (lastOffset - records.length + 1) as Offset;
          const { epoch } = update.image;
          this.#latest = update.image;
          this.#commits.appended({
            baseOffset,
            lastOffset,
            epoch,
            timestampMs,
            records,
            base,
            update,
            sizeBytes,
          });
          this.#wait({ lastOffset, appendedMs: this.#options.platform.clock.monotonicMs(), resolve });
        },
        refused: (reason) => resolve(reason === "storage" ? { ok: false, reason } : NOT_ACTIVE),
      });
    });
  }

  #wait(waiter: Waiter): void {
    if (waiter.lastOffset < this.#commits.nextOffset) {
      return waiter.resolve({ ok: true, lastOffset: waiter.lastOffset });
    }
    this.#waiters.pushLast(waiter);
  }

  #listener(): DriverListener {
    return {
      onHighWatermark: (offset) => {
        this.#highWatermark = offset;
        this.#commits.commit(offset);
      },
      onLeader: (leaderId, leaderEpoch) => {
        this.#readyAt = null;
        this.#setLeadership({ leaderId, leaderEpoch, isActive: false });
      },
      onLeaderReady: (leaderEpoch) => {
        this.#readyAt = { leaderEpoch, offset: this.#highWatermark };
        this.#activateIfReady();
      },
      onTruncated: (endOffset) => this.#commits.truncated(endOffset),
      onSnapshot: (id, content) => this.#onSnapshot(id, content),
      onFailure: (error) => this.#fail(error),
    };
  }

  #onBatch(batch: CommittedBatch): void {
    const { own } = batch;
    this.#snapshotter.onCommitted(batch.sizeBytes, batch.control);
    if (own !== null && own.base === this.#loader.image && !this.#loader.isInTransaction) {
      this.#loader.accept(own.update);
      this.#publish(own.update);
    } else for (const update of this.#loader.load(batch)) this.#publish(update);
    for (let first = this.#waiters.first(); first !== undefined; first = this.#waiters.first()) {
      if (first.lastOffset > batch.lastOffset) break;
      this.#waiters.takeFirst();
      if (first.appendedMs !== null) {
        this.commitLatency.observe(this.#options.platform.clock.monotonicMs() - first.appendedMs);
      }
      first.resolve({ ok: true, lastOffset: first.lastOffset });
    }
    this.#activateIfReady();
    if (!this.#snapshotter.isDue || this.#loader.isInTransaction) return;
    this.#snapshotter.write(this.#loader.image, (id, start) => this.#driver.snapshotCreated(id, start));
  }

  #publish({ image, change }: ImageUpdate): void {
    for (const listener of this.#imageListeners) listener(image, change);
  }

  #onSnapshot(id: OffsetAndEpoch, content: SnapshotContent): void {
    const before = this.#loader.image;
    const image = imageOfSnapshot(before.clusterId, id, content);
    this.#loader.reset(image);
    this.#commits.restartAt(id.offset);
    this.#snapshotter.onCommitted(0, content.control);
    this.#publish({ image, change: compareImages(before, image) });
  }

  #activateIfReady(): void {
    const ready = this.#readyAt;
    if (ready === null || this.#commits.nextOffset < ready.offset) return;
    this.#readyAt = null;
    this.#latest = this.#loader.image;
    this.#setLeadership({ ...this.#leadership, isActive: true });
  }

  #setLeadership(leadership: Leadership): void {
    this.#leadership = leadership;
    if (!leadership.isActive) {
      for (let first = this.#waiters.takeFirst(); first !== undefined; first = this.#waiters.takeFirst()) {
        first.resolve({ ok: false, reason: "lost" });
      }
    }
    for (const listener of this.#leaderListeners) listener(leadership);
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.logger.error("the metadata log cannot be used any more", { reason: messageOf(error) });
    this.#driver.close();
    this.#commits.close();
    this.#setLeadership({ ...this.#leadership, leaderId: NO_NODE, isActive: false });
    this.#options.onFailure?.(error);
  }
}

const NOT_ACTIVE: AppendOutcome = { ok: false, reason: "not-active" };

interface QuorumParts {
  readonly log: MetadataLog;
  readonly image: MetadataImage;
  readonly snapshot: SnapshotContent | null;
  readonly driver: Omit<DriverOptions, "listener">;
}
