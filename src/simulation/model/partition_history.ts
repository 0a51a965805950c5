/**
 * What clients know of one partition: what they have sent, what was acknowledged where, and what they have read. Every
 * new piece is held against the others, and at the end the log itself against all of them.
 *
 * What is promised: in a durable topic an acknowledged record, and one that was read, is there for good. In any other
 * it is there until the power is cut somewhere; then the end of the log may be gone, but only an end. What makes a
 * topic durable is for {@link ClientContext.isDurable} to say.
 */

import type { Findings } from "../findings.ts";
import { isTombstone, keyOfName } from "./record_values.ts";

/** How often what the promises depend on has happened. */
export interface Moment {
  readonly powerCuts: number;
  /** How often the process of the partition's node has ended. */
  readonly ends: number;
  /** Virtual microseconds. */
  readonly nowUs: number;
}

type Fate = "pending" | "acked" | "unknown" | "refused";

interface SentRecord {
  readonly name: string;
  fate: Fate;
  /** Where it is known to be; -1 when it is not. */
  offset: number;
  /** How often the power had been cut when that became known. */
  powerCuts: number;
  /** When it was acknowledged, in virtual microseconds; Infinity before. */
  ackedUs: number;
  /** What the producer wrote into it, in Unix milliseconds. */
  readonly timestampMs: number;
}

/** A record as it was read. */
export interface ReadRecord {
  readonly offset: number;
  readonly name: string;
}

/** What a client was told of the partition's bounds. */
export interface Bounds {
  readonly highWatermark: number;
  readonly logStartOffset: number;
}

/** Up to where something is replicated, and the leader epoch in which that was told. */
export interface ReplicatedEnd {
  readonly offset: number;
  readonly leaderEpoch: number;
}

interface Floors {
  highWatermark: number;
  logStartOffset: number;
  powerCuts: number;
  ends: number;
}

export class PartitionHistory {
  readonly label: string;
  readonly isDurable: boolean;
  /** The topic is deleted, or about to be: nothing is promised any more. */
  closed = false;
  /** The highest offset that anybody asked to delete below; Infinity when the broker may delete by itself. */
  deletedBelow = 0;
  /** The same, for what somebody asked for. */
  #askedBelow = 0;
  /** The highest offset that was told to be deleted below, and then is for good. */
  #goneBelow = 0;
  readonly #compacts: boolean;
  readonly #dropsTombstones: boolean;
  /** There is one replica, so that its disk holds all that counts. */
  readonly #isAlone: boolean;
  readonly #isUnmoved: boolean;
  readonly #findings: Findings;
  readonly #now: () => Moment;
  readonly #sent = new Map<string, SentRecord>();
  readonly #byOffset = new Map<number, SentRecord>();
  #acknowledged = { end: 0, powerCuts: 0 };
  /** What leaders have told, by leader epoch: another leader may not know yet how far the last one had got. */
  readonly #floors = new Map<number, Floors>();
  /** Below it everything was replicated; of which leader that was heard; lost with the power unless durable. */
  #end = { offset: 0, leaderEpoch: -1, powerCuts: 0 };

  constructor(
    identity: {
      readonly label: string;
      readonly isDurable: boolean;
      readonly expires: boolean;
      readonly compacts: boolean;
      readonly dropsTombstones: boolean;
      readonly replicationFactor: number;
      /** One node has all of it. */
      readonly isUnmoved: boolean;
    },
    findings: Findings,
    now: () => Moment,
  ) {
    this.label = identity.label;
    this.isDurable = identity.isDurable;
    this.#compacts = identity.compacts;
    this.#dropsTombstones = identity.dropsTombstones;
    this.#isAlone = identity.replicationFactor === 1;
    this.#isUnmoved = identity.isUnmoved;
    if (identity.expires) this.deletedBelow = Infinity;
    this.#findings = findings;
    this.#now = now;
  }

  /** The offset behind the last record that was acknowledged and cannot be lost by now. */
  get acknowledgedEnd(): number {
    const { powerCuts } = this.#now();
    if (this.#acknowledged.powerCuts !== powerCuts) {
      let end = 0;
      for (const record of this.#sent.values()) {
        if (record.fate === "acked" && !this.#mayBeLost(record.powerCuts)) {
          end = Math.max(end, record.offset + 1);
        }
      }
      this.#acknowledged = { end, powerCuts };
    }
    return this.#acknowledged.end;
  }

  #mayBeLost(powerCuts: number): boolean {
    return !this.isDurable && powerCuts < this.#now().powerCuts;
  }

  #require(holds: boolean, rule: string, detail: () => string): void {
    this.#findings.require(holds || this.closed, rule, () => `${this.label}: ${detail()}`);
  }

  onSent(names: readonly string[], timestampMs: number): void {
    for (const name of names) {
      this.#sent.set(name, {
        name,
        fate: "pending",
        offset: -1,
        powerCuts: 0,
        ackedUs: Infinity,
        timestampMs,
      });
    }
  }

  /** What became of records that were sent, when it is not an acknowledgement. */
  onFate(names: readonly string[], fate: "unknown" | "refused"): void {
    for (const name of names) {
      const record = this.#sent.get(name)!;
      this.#require(
        fate === "unknown" || record.offset < 0 || this.#mayBeLost(record.powerCuts),
        "a refused record is not in the log",
        () => `${name} was refused and is at ${record.offset}`,
      );
      record.fate = fate;
    }
  }

  /** When a record was acknowledged, in virtual microseconds; Infinity when it was not. */
  ackedUs(name: string): number {
    return this.#sent.get(name)?.ackedUs ?? Infinity;
  }

  /** Records were acknowledged from `baseOffset` on. `since` is when they were sent. */
  onAcked(names: readonly string[], baseOffset: number, since: Moment): void {
    const { nowUs } = this.#now();
    names.forEach((name, index) => {
      const record = this.#sent.get(name)!;
      if (this.#mayBeForgotten(record)) record.offset = -1;
      record.fate = "acked";
      record.ackedUs = nowUs;
      this.#know({ name, offset: baseOffset + index }, since, "acknowledged");
    });
    if (this.#mayBeLost(since.powerCuts)) return;
    this.#acknowledged.end = Math.max(this.#acknowledged.end, baseOffset + names.length);
  }

  /** A record was read; `since` is when it was asked for. */
  onRead(record: ReadRecord, since: Moment): void {
    const sent = this.#sent.get(record.name);
    if (sent !== undefined && sent.offset < record.offset && this.#mayBeForgotten(sent)) sent.offset = -1;
    this.#know(record, since, "read");
  }

  /**
   * Whether those who have the partition now may never have seen a record, nor its sequence: who became a replica when
   * the record was deleted. In Kafka too, what is known of producers comes with their records. Its producer, who was
   * not answered, sends it again, and it is new to them.
   */
  #mayBeForgotten({ fate, offset }: SentRecord): boolean {
    return !this.#isUnmoved && fate !== "acked" && offset < this.deletedBelow;
  }

  #know({ name, offset }: ReadRecord, since: Moment, how: string): void {
    const record = this.#sent.get(name);
    if (record === undefined) {
      return this.#require(
        false,
        "only what was sent is in the log",
        () => `${name} was ${how} at ${offset}`,
      );
    }
    // Somebody may have been told so before the power was cut.
    if (this.#mayBeLost(since.powerCuts)) return;
    this.#require(
      record.fate !== "refused",
      "a refused record is not in the log",
      () => `${name} was refused and is ${how} at ${offset}`,
    );
    this.#require(
      record.offset < 0 || record.offset === offset || this.#mayBeLost(record.powerCuts),
      "a record is in one place",
      () => `${name} was at ${record.offset} and is ${how} at ${offset}`,
    );
    const other = this.#byOffset.get(offset);
    this.#require(
      other === undefined || other === record || other.offset !== offset || this.#mayBeLost(other.powerCuts),
      "an offset keeps its record",
      () => `${other?.name} was at ${offset}, where now ${name} is ${how}`,
    );
    record.offset = offset;
    record.powerCuts = since.powerCuts;
    this.#byOffset.set(offset, record);
  }

  /** The highest offset that anybody asked to delete below. */
  get askedBelow(): number {
    return this.#askedBelow;
  }

  /** Somebody asks to delete below an offset. */
  onDeleting(offset: number): void {
    this.#askedBelow = Math.max(this.#askedBelow, offset);
    this.deletedBelow = Math.max(this.deletedBelow, offset);
  }

  /** All below an offset is deleted. A leader saves that before it says so; who follows it does from time to time. */
  onDeletedBelow(offset: number, since: Moment): void {
    if (this.#isUnmoved && !this.#mayBeLost(since.powerCuts)) {
      this.#goneBelow = Math.max(this.#goneBelow, offset);
    }
  }

  /** The bounds that nothing told by the leader of an epoch from now on may be below. */
  floorsOf(leaderEpoch: number): Bounds {
    const { highWatermark, logStartOffset } = this.#floorsOf(leaderEpoch);
    return { highWatermark, logStartOffset };
  }

  #floorsOf(leaderEpoch: number): Floors {
    const { powerCuts, ends } = this.#now();
    // One replica alone knows all of it, whatever its epoch.
    const key = this.#isAlone ? 0 : leaderEpoch;
    let floors = this.#floors.get(key);
    if (floors === undefined) {
      floors = { highWatermark: 0, logStartOffset: 0, powerCuts, ends };
      this.#floors.set(key, floors);
    }
    // A log start offset is saved from time to time only, as in Kafka, and so is the high watermark of several.
    if (floors.ends < ends) floors.logStartOffset = 0;
    const isKept = this.#isAlone ? this.isDurable || floors.powerCuts === powerCuts : floors.ends === ends;
    if (!isKept) floors.highWatermark = 0;
    floors.powerCuts = powerCuts;
    floors.ends = ends;
    return floors;
  }

  /** The highest offset below which everything was known to be replicated, and in which epoch that was told. */
  get replicatedEnd(): ReplicatedEnd {
    return this.#mayBeLost(this.#end.powerCuts) ? { offset: 0, leaderEpoch: -1 } : this.#end;
  }

  #onReplicated(offset: number, leaderEpoch: number): void {
    if (offset <= this.replicatedEnd.offset) return;
    this.#end = { offset, leaderEpoch, powerCuts: this.#now().powerCuts };
  }

  /** The leader of an epoch was asked for the end, and `end` had to be there (KIP-207). */
  onLatest(latest: number, leaderEpoch: number, end: ReplicatedEnd): void {
    this.#require(
      latest >= end.offset || leaderEpoch < end.leaderEpoch || this.replicatedEnd.offset < end.offset,
      "the end that is told does not move back",
      () => `it was ${end.offset} in epoch ${end.leaderEpoch} and is ${latest} in epoch ${leaderEpoch}`,
    );
  }

  /** A client was told the bounds by the leader of an epoch, and when it asked the floors were `floors`. */
  onBounds(
    bounds: Bounds,
    asked: { readonly floors: Bounds; readonly since: Moment; readonly leaderEpoch: number },
  ): void {
    const { ends } = this.#now();
    if (asked.since.ends < ends) return;
    const { highWatermark, logStartOffset } = bounds;
    this.#require(
      highWatermark >= asked.floors.highWatermark,
      "the high watermark does not move back",
      () => `it was ${asked.floors.highWatermark} and is ${highWatermark} in epoch ${asked.leaderEpoch}`,
    );
    this.#require(
      logStartOffset >= asked.floors.logStartOffset,
      "the log start offset does not move back",
      () => `it was ${asked.floors.logStartOffset} and is ${logStartOffset} in epoch ${asked.leaderEpoch}`,
    );
    this.#require(
      logStartOffset >= this.#goneBelow || !this.isDurable,
      "deleted records do not come back",
      () => `all below ${this.#goneBelow} is deleted, the log starts at ${logStartOffset}`,
    );
    this.#require(
      logStartOffset <= this.deletedBelow,
      "records are deleted only on demand",
      () => `the log starts at ${logStartOffset}, asked for was ${this.deletedBelow}`,
    );
    const floors = this.#floorsOf(asked.leaderEpoch);
    floors.highWatermark = Math.max(floors.highWatermark, highWatermark);
    floors.logStartOffset = Math.max(floors.logStartOffset, logStartOffset);
    this.#onReplicated(highWatermark, asked.leaderEpoch);
  }

  /**
   * A client was told which record is the first that is not older than `timestampMs`; offset -1 for none. When it
   * asked, everything below `highWatermark` was there.
   */
  onSearched(
    timestampMs: number,
    told: { readonly offset: number; readonly timestampMs: number },
    asked: { readonly since: Moment; readonly highWatermark: number },
  ): void {
    if (this.#mayBeLost(asked.since.powerCuts)) return;
    const end = told.offset < 0 ? asked.highWatermark : told.offset;
    for (const [offset, record] of this.#byOffset) {
      if (record.offset !== offset || this.#mayBeLost(record.powerCuts)) continue;
      const isEarlier = !this.#compacts && offset >= this.deletedBelow && offset < end &&
        record.timestampMs >= timestampMs;
      this.#require(
        !isEarlier,
        "a search by time finds the first record",
        () => `from ${timestampMs} on ${record.name} at ${offset} is the first, told was ${told.offset}`,
      );
      this.#require(
        offset !== told.offset || record.timestampMs === told.timestampMs,
        "a search by time tells the record's time",
        () => `${record.name} at ${offset} is of ${record.timestampMs}, told was ${told.timestampMs}`,
      );
    }
  }

  /** Holds the whole log against everything that is known. */
  checkLog(log: readonly ReadRecord[], bounds: Bounds): void {
    const since = this.#now();
    const names = new Set<string>();
    log.forEach((record, index) => {
      this.#require(
        !names.has(record.name),
        "a record is in the log once",
        () => `${record.name} is there twice`,
      );
      names.add(record.name);
      this.#require(
        record.offset === bounds.logStartOffset + index || this.#compacts,
        "offsets leave no gaps",
        () => `record ${index} from ${bounds.logStartOffset} on has offset ${record.offset}`,
      );
      this.#know(record, since, "found");
    });
    this.#checkOrder(log);
    if (this.#compacts) this.#checkCompacted(log);
    else this.#checkLost(names, bounds.logStartOffset);
  }

  /** What one producer has sent in order is there in order. */
  #checkOrder(log: readonly ReadRecord[]): void {
    const last = new Map<string, number>();
    for (const { name, offset } of log) {
      const [producer = "", number] = name.split("/");
      if (!producer.startsWith("idempotent")) continue;
      this.#require(
        Number(number) > (last.get(producer) ?? -1),
        "an idempotent producer's records are in order",
        () => `${name} at ${offset} comes behind ${producer}/${last.get(producer)}`,
      );
      last.set(producer, Number(number));
    }
  }

  /** Whatever is gone of a compacted log has been replaced by something that is there. */
  #checkCompacted(log: readonly ReadRecord[]): void {
    const there = new Set(log.map(({ name }) => name));
    const lastOffsets = new Map(log.map(({ name, offset }) => [keyOfName(name), offset]));
    for (const { name, offset, powerCuts } of this.#sent.values()) {
      if (offset < 0 || there.has(name) || this.#mayBeLost(powerCuts)) continue;
      const key = keyOfName(name);
      this.#require(
        (lastOffsets.get(key) ?? -1) > offset || (this.#dropsTombstones && this.#isBuried(key, offset)),
        "compaction keeps the last record of a key",
        () => `${name} with ${key} was at ${offset}, and nothing later is there`,
      );
    }
  }

  /** Whether a tombstone of a key may be, or have been, at or behind an offset. */
  #isBuried(key: string, offset: number): boolean {
    for (const record of this.#sent.values()) {
      const isOfKey = isTombstone(record.name) && keyOfName(record.name) === key;
      if (isOfKey && record.fate !== "refused" && (record.offset < 0 || record.offset >= offset)) return true;
    }
    return false;
  }

  #checkLost(there: ReadonlySet<string>, logStartOffset: number): void {
    /** The first offset that was lost of what was known before each power cut. */
    const lostFrom = new Map<number, number>();
    const known = [...this.#sent.values()].filter(({ offset }) => offset >= logStartOffset);
    known.sort((a, b) => a.offset - b.offset);
    for (const { name, offset, powerCuts, fate } of known) {
      if (!there.has(name)) {
        this.#require(
          this.#mayBeLost(powerCuts),
          fate === "acked"
            ? "an acknowledged record is in the log"
            : "a record that was read stays in the log",
          () => `${name} was at ${offset}`,
        );
        if (!lostFrom.has(powerCuts)) lostFrom.set(powerCuts, offset);
        continue;
      }
      this.#require(
        (lostFrom.get(powerCuts) ?? Infinity) > offset,
        "only the end of a log is lost",
        () => `${name} at ${offset} is there, ${lostFrom.get(powerCuts)} is lost`,
      );
    }
  }
}
