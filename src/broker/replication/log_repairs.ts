/**
 * What a follower does when its log and its leader's do not fit: it cuts its own where they part, begins anew where
 * the leader's log begins, or waits. A partition under repair is not fetched; the others go on.
 */

import type { ClientConnection } from "../../client/connection.ts";
import { messageOf } from "../../core/errors.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Logger } from "../../core/logger.ts";
import { ErrorCode, errorInfo } from "../../protocol/error_codes.ts";
import type { FetchedData, FollowedPartition } from "./followed_partition.ts";
import { leaderOffsets } from "./leader_offsets.ts";

/** What repairs need of the fetcher. */
export interface LogRepairsParts {
  readonly leaderId: NodeId;
  readonly localId: NodeId;
  readonly logger: Logger;
  /** `replica.fetch.backoff.ms` */
  readonly backoffMs: number;
  /** The connection to the leader; null while there is none. */
  readonly connection: () => ClientConnection | null;
  /** Asks for nothing more of a partition. */
  readonly hold: (followed: FollowedPartition) => void;
  /** Asks for a partition again, after so many milliseconds. */
  readonly resume: (followed: FollowedPartition, delayMs: number) => void;
}

/** After the first of several failures; each further one waits twice as long, up to the configured backoff. */
const FIRST_BACKOFF_MS = 10;

/** After so many times it is no accident that what a leader sends does not continue the log. */
const MISPLACED_TRIES = 3;

/** How long to wait after so many failures in a row. */
export function backoffAfter(failures: number, maxMs: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures, 20), maxMs);
}

export class LogRepairs {
  readonly #parts: LogRepairsParts;

  constructor(parts: LogRepairsParts) {
    this.#parts = parts;
  }

  /**
   * Prepares a log for the comparison with the leader's. One without epochs cannot be compared: of it only what is
   * replicated for sure is kept. False when it has to wait for that.
   */
  prepare(followed: FollowedPartition): boolean {
    const { partition } = followed;
    const { log } = partition;
    if (partition.isCutting) {
      this.#parts.resume(followed, FIRST_BACKOFF_MS);
      return false;
    }
    if (log.epochs.latestEpoch >= 0 || log.logEndOffset <= log.highWatermark) return true;
    this.#parts.hold(followed);
    void partition.cut(() => log.truncateTo(log.highWatermark)).then(() => this.#parts.resume(followed, 0));
    return false;
  }

  /** The leader refuses a partition. */
  onError(followed: FollowedPartition, errorCode: number): void {
    const { logger, leaderId, backoffMs, resume, hold } = this.#parts;
    const fields = { partition: followed.name, leader: leaderId, reason: errorInfo(errorCode).name };
    switch (errorCode) {
      case ErrorCode.OFFSET_OUT_OF_RANGE:
        return void this.#comeIntoRange(followed);
      case ErrorCode.FENCED_LEADER_EPOCH:
        // There is a newer epoch, of which the metadata will tell.
        logger.debug("a leader is in a newer epoch", fields);
        return hold(followed);
      case ErrorCode.UNKNOWN_LEADER_EPOCH:
      case ErrorCode.NOT_LEADER_OR_FOLLOWER:
      case ErrorCode.UNKNOWN_TOPIC_ID:
      case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
        // Most likely the leader has not heard yet that it leads.
        logger.debug("a leader does not serve a partition yet", fields);
        return resume(followed, backoffAfter(followed.failures++, backoffMs));
      default:
        if (followed.failures++ === 0) logger.warn("could not fetch a partition", fields);
        return resume(followed, backoffMs);
    }
  }

  /** The leader says where its log and this one part (KIP-595). */
  cut(followed: FollowedPartition, leaderEnd: { readonly epoch: number; readonly endOffset: number }): void {
    const { logger, leaderId, backoffMs, hold, resume } = this.#parts;
    const { log } = followed.partition;
    const { logEndOffset: from, highWatermark } = log;
    const epoch = log.epochs.latestEpoch;
    hold(followed);
    void followed.cutAt(leaderEnd).then((to) => {
      const fields = { partition: followed.name, leader: leaderId, from, to };
      // Only after an unclean election: records that were acknowledged are gone.
      if (to < highWatermark) {
        logger.warn("a log was cut below its high watermark", { ...fields, highWatermark });
      } else if (to < from) logger.info("a log was cut to match its leader's", fields);
      // A leader that finds the same difference again would be asked without an end.
      const isSame = to === from && log.epochs.latestEpoch === epoch;
      resume(followed, isSame ? backoffMs : 0);
    });
  }

  /** What has come cannot be appended: it begins in the middle of a batch, is damaged, or the disk is full. */
  onUnfit(followed: FollowedPartition, data: FetchedData): void {
    const { logger, leaderId, backoffMs, hold, resume } = this.#parts;
    const start = followed.startOfSplitBatch(data);
    if (start < 0) {
      const fields = { partition: followed.name, leader: leaderId, reason: followed.refusal };
      if (followed.failures++ === 0) logger.error("what came from a leader cannot be appended", fields);
      // The logs agree up to here, and yet the leader's batches do not continue what is on this disk.
      if (followed.isMisplaced && followed.failures === MISPLACED_TRIES) {
        followed.partition.log.noteDamage(followed.refusal);
      }
      return resume(followed, backoffMs);
    }
    hold(followed);
    void followed.startWith(start, data).then((taken) => {
      if (taken === "grown" && followed.partition.acksNeedFlush) this.flush(followed);
      else resume(followed, taken === "retry" ? backoffMs : 0);
    });
  }

  /** With `flush.messages=1` a follower has what is on its disk. */
  flush(followed: FollowedPartition): void {
    this.#parts.hold(followed);
    const { log } = followed.partition;
    void log.flushedTo(log.logEndOffset).then((durable) => {
      if (durable) this.#parts.resume(followed, 0);
    });
  }

  /** The leader's log neither holds nor continues what is here: asks where it begins and ends. */
  async #comeIntoRange(followed: FollowedPartition): Promise<void> {
    const { logger, localId, backoffMs, connection, hold, resume } = this.#parts;
    hold(followed);
    const leader = connection();
    if (leader === null) return resume(followed, backoffMs);
    const range = await leaderOffsets(leader, followed, localId).catch((error) => messageOf(error));
    if (!followed.isActive) return;
    if (typeof range === "string") {
      logger.warn("could not learn the offsets of a leader", { partition: followed.name, reason: range });
      return resume(followed, backoffMs);
    }
    const { partition } = followed;
    const { log } = partition;
    const fields = { partition: followed.name, from: log.logEndOffset };
    if (log.logEndOffset > range.logEndOffset) {
      logger.warn("a log was cut to where its leader's ends", { ...fields, to: range.logEndOffset });
      await partition.cut(() => log.truncateTo(range.logEndOffset));
    } else if (log.logEndOffset < range.logStartOffset) {
      logger.info("a log begins anew where its leader's begins", { ...fields, to: range.logStartOffset });
      await partition.cut(() => log.truncateFullyAndStartAt(range.logStartOffset));
    }
    resume(followed, FIRST_BACKOFF_MS);
  }
}
