/**
 * What must hold whatever happens (Raft figure 3): election safety, log matching, leader completeness, state machine
 * safety; and that a replica votes once an epoch and its high watermark never moves back. Fed with all that the
 * replicas do, it throws at the first violation.
 */

import type { ReplicaKey } from "../../../src/raft/types.ts";
import type { Entry } from "./sim_disk.ts";

/** A property that does not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
}

function check(condition: boolean, what: () => string): void {
  if (!condition) throw new Violation(what());
}

/** What a checker needs to see of a replica. */
export interface CheckedReplica {
  readonly id: number;
  readonly directoryId: string;
  readonly log: {
    readonly startOffset: number;
    readonly endOffset: number;
    entryAt(at: number): Entry | undefined;
  };
}

export class Checkers {
  /** Everything that any replica has ever taken as committed. */
  readonly committed: Entry[] = [];
  readonly #leaders = new Map<number, string>();
  readonly #namedLeaders = new Map<number, number>();
  readonly #votes = new Map<string, string>();
  readonly #entries = new Map<string, string>();
  /** The highest epoch led so far and who leads it. */
  #newestEpoch = -1;

  /** Election safety: at most one leader an epoch. Leader completeness: it has every committed record. */
  onElected(replica: CheckedReplica, epoch: number): void {
    const key = `${replica.id}/${replica.directoryId}`;
    const other = this.#leaders.get(epoch);
    check(other === undefined, () => `two leaders in epoch ${epoch}: ${other} and ${key}`);
    this.#leaders.set(epoch, key);
    if (epoch < this.#newestEpoch) return;
    this.#newestEpoch = epoch;
    const { log } = replica;
    check(
      log.endOffset >= this.committed.length,
      () =>
        `leader ${key} of epoch ${epoch} ends at ${log.endOffset}, but ${this.committed.length} are committed`,
    );
    for (let at = log.startOffset; at < this.committed.length; at++) this.#checkCommitted(replica, at);
  }

  /** Everybody names the same leader for an epoch. */
  onLeaderNamed(leaderId: number, epoch: number): void {
    if (leaderId < 0) return;
    const named = this.#namedLeaders.get(epoch);
    check(
      named === undefined || named === leaderId,
      () => `epoch ${epoch} is led by ${named} and by ${leaderId}`,
    );
    this.#namedLeaders.set(epoch, leaderId);
  }

  /** One vote an epoch, also across crashes (Raft section 5.2). */
  onVoteGranted(voter: ReplicaKey, epoch: number, candidate: ReplicaKey): void {
    const vote = `${voter.id}/${voter.directoryId}@${epoch}`;
    const to = `${candidate.id}/${candidate.directoryId}`;
    const before = this.#votes.get(vote);
    check(before === undefined || before === to, () => `voter ${vote} votes for ${before} and for ${to}`);
    this.#votes.set(vote, to);
  }

  /** Log matching: epoch and offset tell a record and the epoch before it, and so, by induction, all before it. */
  onAppended(replica: CheckedReplica, from: number): void {
    const { log } = replica;
    for (let at = from; at < log.endOffset; at++) {
      const entry = log.entryAt(at)!;
      const key = `${entry.epoch}:${at}`;
      const before = log.entryAt(at - 1)?.epoch;
      const known = this.#entries.get(key);
      const text = `${before ?? "?"} ${entry.value}`;
      if (known === undefined || known.startsWith("? ")) this.#entries.set(key, text);
      const isSame = known === undefined || known === text ||
        ((before === undefined || known.startsWith("? ")) && known.endsWith(` ${entry.value}`));
      check(
        isSame,
        () => `record ${at} of epoch ${entry.epoch} is "${known}" and on ${replica.id} "${text}"`,
      );
    }
  }

  /** State machine safety: what one replica takes as committed at an offset, all take. */
  onHighWatermark(replica: CheckedReplica, from: number, to: number): void {
    check(to > from, () => `the high watermark of ${replica.id} moves from ${from} to ${to}`);
    check(to <= replica.log.endOffset, () => `the high watermark ${to} of ${replica.id} is past its log`);
    for (let at = Math.max(from, replica.log.startOffset); at < to; at++) {
      if (at < this.committed.length) {
        this.#checkCommitted(replica, at);
        continue;
      }
      check(at === this.committed.length, () => `${replica.id} commits ${at} after ${this.committed.length}`);
      this.committed.push(replica.log.entryAt(at)!);
    }
    check(
      to <= this.committed.length,
      () => `${replica.id} commits ${to}, unseen from ${this.committed.length}`,
    );
  }

  /** A snapshot ends with a committed record of the epoch that it names. */
  onSnapshot(replicaId: number, endOffset: number, epoch: number): void {
    const last = this.committed[endOffset - 1];
    check(
      last?.epoch === epoch,
      () => `snapshot ${endOffset}-${epoch} of ${replicaId}: the record before is of epoch ${last?.epoch}`,
    );
  }

  /** A replica's view of its own log is the log. */
  onState(
    replica: CheckedReplica,
    logEnd: number,
    voters: readonly ReplicaKey[],
    onDisk: readonly ReplicaKey[],
  ): void {
    check(
      logEnd === replica.log.endOffset,
      () => `${replica.id} believes in ${logEnd}, not ${replica.log.endOffset}`,
    );
    const text = (keys: readonly ReplicaKey[]) => keys.map((key) => `${key.id}/${key.directoryId}`).join();
    check(
      text(voters) === text(onDisk),
      () => `${replica.id} believes in ${text(voters)}, not ${text(onDisk)}`,
    );
  }

  #checkCommitted(replica: CheckedReplica, at: number): void {
    const committed = this.committed[at]!;
    const entry = replica.log.entryAt(at);
    check(
      entry?.epoch === committed.epoch && entry.value === committed.value,
      () =>
        `record ${at} is committed as "${committed.value}" of epoch ${committed.epoch}; ` +
        `on ${replica.id} it is "${entry?.value}" of epoch ${entry?.epoch}`,
    );
  }
}
