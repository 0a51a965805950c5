/**
 * Drives the group shard of one `__consumer_offsets` partition that is led here: loads it from the log, gives it
 * requests and the time, appends its records, and hands out its replies. See group_shard.ts for the contract.
 */

import { assert } from "../../core/assert.ts";
import { messageOf } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import { GroupShard } from "../../coordinator/group/group_shard.ts";
import type {
  Append,
  Effects,
  GroupConfig,
  GroupEvent,
  GroupRequest,
  GroupResponse,
  MemberIdSource,
  Moment,
} from "../../coordinator/group/types.ts";
import type { Clock, Timer, Timers } from "../../platform/platform.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { BatchBuilder } from "../../records/batch_builder.ts";
import { appendErrorCode } from "../append_errors.ts";
import type { Partition } from "../partition.ts";
import { encodeGroupRecord, type KeyValue } from "./group_records.ts";
import { replayGroupLog } from "./shard_loader.ts";

/** What happened to the groups of a broker, in whichever shard. */
export class GroupCounters {
  /** Rebalances whose members were all there. */
  rebalances = 0;
  /** Offsets that went to the log. */
  offsetCommits = 0;
}

/** What a shard is run with. */
export interface ShardRunnerParts {
  readonly counters: GroupCounters;
  readonly partition: Partition;
  readonly config: GroupConfig;
  readonly newUuid: MemberIdSource;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** A request to the shard; its token is the runner's business. */
export type ShardRequest = DistributiveOmit<GroupRequest, "token">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A batch is closed at about this size, below `max.message.bytes`. */
const MAX_BATCH_BYTES = 512 * 1024;

/** How long after a failure the log is read again. */
const LOAD_RETRY_MS = 5_000;

export class ShardRunner {
  readonly shard: GroupShard;
  readonly #parts: ShardRunnerParts;
  readonly #replies = new Map<number, (response: GroupResponse) => void>();
  readonly #builder = new BatchBuilder();
  readonly #events: GroupEvent[] = [];
  #stepping = false;
  /** Appends that wait for the end of the turn. */
  #queued: Append[] = [];
  #nextToken = 1;
  #timer: Timer | undefined;
  #timerAtMs = Infinity;
  #unloaded = false;
  #loaded = false;

  constructor(parts: ShardRunnerParts) {
    this.#parts = parts;
    this.shard = new GroupShard(parts.config, parts.newUuid);
  }

  get partition(): Partition {
    return this.#parts.partition;
  }

  get isLoaded(): boolean {
    return this.#loaded && !this.#unloaded;
  }

  /** Replays the partition's log; requests are answered COORDINATOR_LOAD_IN_PROGRESS until that is done. */
  async load(): Promise<void> {
    const { partition, clock, logger } = this.#parts;
    const startMs = clock.monotonicMs();
    try {
      const endOffset = partition.log.logEndOffset;
      const records = await replayGroupLog(partition.log, this.shard, {
        isCancelled: () => this.#unloaded,
        timers: this.#parts.timers,
        logger,
      });
      // What is not committed yet may be lost with this leader, and whoever was told of it would know it all the same.
      const isCommitted = this.#unloaded || await partition.replicated(endOffset);
      if (this.#unloaded) return;
      // Somebody else leads, as the metadata will tell, or the disk has failed.
      if (!isCommitted) return await this.#loadLater();
      this.#loaded = true;
      this.#step({ type: "loaded" });
      if (records > 0) {
        const ms = Math.round(clock.monotonicMs() - startMs);
        logger.info("loaded groups", {
          partition: partition.index,
          groups: this.shard.groupCount,
          records,
          ms,
        });
      }
    } catch (error) {
      // The log may have been closed because the partition has gone elsewhere.
      if (this.#unloaded) return;
      logger.error("could not load groups", { partition: partition.index, reason: messageOf(error) });
      await this.#loadLater();
    }
  }

  /** What was replayed so far does no harm when it is replayed again. */
  async #loadLater(): Promise<void> {
    await this.#parts.timers.sleep(LOAD_RETRY_MS);
    if (!this.#unloaded) void this.load();
  }

  /** Asks the shard; resolves with its reply. */
  request(request: ShardRequest): Promise<GroupResponse> {
    return new Promise((resolve) => {
      const token = this.#nextToken++;
      this.#replies.set(token, resolve);
      this.#step({ ...request, token } as GroupRequest);
    });
  }

  /** Topics that are gone take their offsets with them. */
  onTopicsDeleted(topics: readonly { readonly name: string; readonly topicId: string }[]): void {
    if (this.isLoaded) this.#step({ type: "topicsDeleted", topics });
  }

  /** The partition is led elsewhere: everybody is sent there. */
  unload(): void {
    if (this.#unloaded) return;
    this.#step({ type: "unload" });
    this.#unloaded = true;
    this.#timer?.cancel();
  }

  #now(): Moment {
    const { clock } = this.#parts;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }

  /** Events that come up while effects are performed wait until all of these are: appends keep their order. */
  #step(event: GroupEvent): void {
    this.#events.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        if (!this.#unloaded) this.#perform(this.shard.step(next, this.#now()));
      }
    } finally {
      this.#stepping = false;
    }
  }

  #perform(effects: Effects): void {
    for (const { to } of effects.transitions) {
      if (to === "CompletingRebalance") this.#parts.counters.rebalances++;
    }
    if (effects.appends.length > 0) this.#queue(effects.appends);
    for (const { token, response } of effects.replies) {
      const resolve = this.#replies.get(token);
      assert(resolve !== undefined, `request ${token} of a group shard is answered once`);
      this.#replies.delete(token);
      resolve(response);
    }
    this.#arm(effects.nextDeadlineMs);
  }

  /** What the requests of one turn of the loop append is written together: a write costs far more than a record. */
  #queue(appends: readonly Append[]): void {
    const isFirst = this.#queued.length === 0;
    this.#queued.push(...appends);
    if (!isFirst) return;
    void this.#parts.timers.yield().then(() => {
      const queued = this.#queued;
      this.#queued = [];
      // A shard that is unloaded has told everybody to ask elsewhere.
      if (!this.#unloaded) this.#append(queued);
    });
  }

  /** Appends go to the log in order, several of them in a batch; a large one may take several batches. */
  #append(appends: readonly Append[]): void {
    const { wallMs } = this.#now();
    let whole: Append[] = [];
    for (const append of appends) {
      let errorCode: number = ErrorCode.NONE;
      for (const [index, record] of append.records.entries()) {
        const encoded = encodeGroupRecord(record);
        if (!this.#fits(encoded)) {
          const refusal = this.#flush(whole);
          whole = [];
          // Records of this append that were in the batch are not in the log, so the others need not come.
          if (index > 0) errorCode = refusal;
          if (errorCode !== ErrorCode.NONE) break;
        }
        this.#builder.append({ timestamp: wallMs, ...encoded });
      }
      if (errorCode === ErrorCode.NONE) whole.push(append);
      else this.#failAll([append], errorCode);
    }
    if (whole.length > 0) this.#flush(whole);
  }

  #fits({ key, value }: KeyValue): boolean {
    const bytes = this.#builder.uncompressedBytes + key.length + (value?.length ?? 0);
    return this.#builder.count === 0 || bytes <= MAX_BATCH_BYTES;
  }

  /** Writes the batch that ends these appends. Returns why the log refuses it, or NONE. */
  #flush(appends: readonly Append[]): number {
    const batch = this.#builder.build();
    this.#builder.reset();
    const { partition, logger } = this.#parts;
    let errorCode: number = ErrorCode.NOT_COORDINATOR;
    if (partition.isLeader) {
      const result = partition.append(batch, "coordinator");
      if (result.error === null) {
        const last = appends.at(-1);
        this.#parts.counters.offsetCommits += appends.reduce((sum, one) => sum + offsetsIn(one), 0);
        if (last !== undefined) this.#awaitCommitted(last.appendId, result.lastOffset + 1);
        return ErrorCode.NONE;
      }
      logger.warn("could not append to the offsets topic", {
        partition: partition.index,
        reason: result.message,
      });
      errorCode = coordinatorError(appendErrorCode[result.error]);
    }
    this.#failAll(appends, errorCode);
    return errorCode;
  }

  #awaitCommitted(appendId: number, endOffset: number): void {
    const replicated = this.#parts.partition.replicated(endOffset);
    if (replicated === true) this.#step({ type: "appended", appendId });
    else {
      void replicated.then((reached) => {
        // While the fate of an append is open the shard waits, and gives up by itself.
        if (reached) this.#step({ type: "appended", appendId });
      });
    }
  }

  #failAll(appends: readonly Append[], errorCode: number): void {
    for (const { appendId } of appends) this.#step({ type: "appendFailed", appendId, errorCode });
  }

  /** One timer at the next deadline; one that is set for earlier stays, because a tick too many does nothing. */
  #arm(deadlineMs: number): void {
    if (deadlineMs === Infinity || this.#timerAtMs <= deadlineMs || this.#unloaded) return;
    this.#timer?.cancel();
    this.#timerAtMs = deadlineMs;
    const delayMs = Math.max(0, Math.ceil(deadlineMs - this.#parts.clock.monotonicMs()));
    this.#timer = this.#parts.timers.after(delayMs, () => {
      this.#timerAtMs = Infinity;
      this.#step({ type: "tick" });
    });
  }
}

/** Group clients know other errors than producers: this is how Kafka translates. */
function coordinatorError(errorCode: number): number {
  switch (errorCode) {
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    default:
      return errorCode;
  }
}

function offsetsIn({ records }: Append): number {
  return records.reduce(
    (sum, { type, value }) => sum + (type === "offsetCommit" && value !== null ? 1 : 0),
    0,
  );
}
