/** What clients were told while a cluster was being hurt, and whether all of it can be true. */

import assert from "node:assert/strict";

/** A record as it was acknowledged or read. Values are `PRODUCER:NUMBER`, numbered by the producer. */
export interface Seen {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** An acknowledgement. Of a batch that was sent again after a newer one, brokers no longer know where it is. */
export interface Acked extends Omit<Seen, "offset"> {
  readonly offset: number | null;
}

/** A record in the log when all is over. */
export interface Kept extends Seen {
  readonly leaderEpoch: number;
}

/** The first of these errors is the one to look at; the rest follow from it or not. */
export class History {
  /** What each producer has sent, by partition, in its order. */
  readonly #sent = new Map<string, string[]>();
  readonly #acked: Acked[] = [];
  /** By reader: the next offset of each partition, and what was at each offset. */
  readonly #readers = new Map<string, Map<number, number>>();
  readonly #contents = new Map<string, string>();
  readonly #leaders = new Map<string, number>();
  readonly #watermarks = new Map<string, number>();
  readonly #highest = new Map<number, { epoch: number; watermark: number }>();
  readonly violations: string[] = [];
  reads = 0;
  /** Producers that gave up by their own mistake and were replaced; what they had under way is uncertain. */
  restarts = 0;
  #lastAckMs = Infinity;
  /** The longest time without any acknowledgement after the first, in milliseconds. */
  longestGapMs = 0;

  get sent(): number {
    return [...this.#sent.values()].reduce((sum, values) => sum + values.length, 0);
  }

  get acknowledged(): number {
    return this.#acked.length;
  }

  onSent(producer: string, partition: number, value: string): void {
    const key = `${producer} ${partition}`;
    const sent = this.#sent.get(key);
    if (sent === undefined) this.#sent.set(key, [value]);
    else sent.push(value);
  }

  onAcked({ partition, offset, value }: Acked): void {
    const nowMs = performance.now();
    this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.#lastAckMs);
    this.#lastAckMs = nowMs;
    this.#acked.push({ partition, offset, value });
    if (offset !== null) this.#at({ partition, offset, value }, "was acknowledged");
  }

  /** A reader that begins at 0 and is never told to go elsewhere misses nothing and meets nothing twice. */
  onRead(reader: string, seen: Seen): void {
    this.reads++;
    const next = this.#nextOf(reader);
    const expected = next.get(seen.partition) ?? 0;
    if (seen.offset !== expected) {
      this.#violated(
        `${reader} read offset ${seen.offset} of partition ${seen.partition} after ${expected - 1}`,
      );
    }
    next.set(seen.partition, seen.offset + 1);
    this.#at(seen, `was read by ${reader}`);
  }

  /** A member of a group may read again what was not committed, but skips nothing. */
  onReadByGroup(group: string, seen: Seen): void {
    this.reads++;
    const next = this.#nextOf(group);
    const expected = next.get(seen.partition) ?? 0;
    if (seen.offset > expected) {
      this.#violated(`${group} skipped ${expected} to ${seen.offset - 1} of partition ${seen.partition}`);
    }
    next.set(seen.partition, Math.max(expected, seen.offset + 1));
    this.#at(seen, `was read by ${group}`);
  }

  /** Somebody said who leads a partition, or the quorum (partition -1), in an epoch. */
  onLeader(partition: number, epoch: number, leader: number, source: string): void {
    if (leader < 0 || epoch < 0) return;
    const key = `${partition} ${epoch}`;
    const known = this.#leaders.get(key);
    if (known === undefined) this.#leaders.set(key, leader);
    else if (known !== leader) {
      const what = partition < 0 ? "the quorum" : `partition ${partition}`;
      this.#violated(`${what} has two leaders in epoch ${epoch}: ${known} and, says ${source}, ${leader}`);
    }
  }

  /**
   * The leader of an epoch told the high watermark (ListOffsets). It never falls within an epoch, and a new leader
   * tells it only when it is as high as the old one's (KIP-207).
   */
  onHighWatermark(partition: number, epoch: number, watermark: number): void {
    const key = `${partition} ${epoch}`;
    const before = this.#watermarks.get(key) ?? 0;
    if (watermark < before) {
      this.#violated(
        `the high watermark of ${partition} fell from ${before} to ${watermark} in epoch ${epoch}`,
      );
    }
    this.#watermarks.set(key, Math.max(before, watermark));
    const highest = this.#highest.get(partition);
    if (highest !== undefined && epoch > highest.epoch && watermark < highest.watermark) {
      this.#violated(
        `the high watermark of ${partition} fell from ${highest.watermark} in epoch ${highest.epoch} to ` +
          `${watermark} in epoch ${epoch}`,
      );
    }
    if (highest === undefined || watermark > highest.watermark) {
      this.#highest.set(partition, { epoch, watermark });
    }
  }

  violated(what: string): void {
    this.#violated(what);
  }

  /** Compares everything with what is in the logs at the end, one log a partition. */
  verify(logs: readonly (readonly Kept[])[]): void {
    assert.deepEqual(this.violations, []);
    for (const [partition, log] of logs.entries()) this.#verifyLog(partition, log);
    const there = logs.map((log) => new Set(log.map((one) => one.value)));
    const lost = this.#acked.filter(({ partition, offset, value }) =>
      offset === null ? !there[partition]!.has(value) : logs[partition]![offset]?.value !== value
    );
    const some = lost.slice(0, 5).map(({ partition, offset, value }) => {
      const found = offset === null ? "nothing" : logs[partition]![offset]?.value ?? "nothing";
      return `${value} at ${offset ?? "any offset"} of partition ${partition}: there is ${found}`;
    });
    assert.equal(lost.length, 0, `acknowledged and lost:\n${some.join("\n")}`);
    for (const [reader, next] of this.#readers) {
      for (const [partition, log] of logs.entries()) {
        assert.equal(
          next.get(partition) ?? 0,
          log.length,
          `${reader} has read partition ${partition} to its end`,
        );
      }
    }
  }

  #verifyLog(partition: number, log: readonly Kept[]): void {
    const where = `partition ${partition}`;
    const seen = new Map<string, number>();
    const lastNumbers = new Map<string, number>();
    let epoch = -1;
    for (const [index, { offset, value, leaderEpoch }] of log.entries()) {
      assert.equal(offset, index, `${where}: no hole before offset ${offset}`);
      assert.ok(leaderEpoch >= epoch, `${where}: epoch ${leaderEpoch} after ${epoch} at ${offset}`);
      epoch = leaderEpoch;
      assert.equal(
        seen.get(value),
        undefined,
        `${where}: ${value} is at ${seen.get(value)} and at ${offset}`,
      );
      seen.set(value, offset);
      const [producer, number] = value.split(":") as [string, string];
      const last = lastNumbers.get(producer) ?? -1;
      assert.ok(Number(number) > last, `${where}: ${value} at ${offset} comes after ${producer}:${last}`);
      lastNumbers.set(producer, Number(number));
      const told = this.#contents.get(`${partition} ${offset}`);
      assert.ok(
        told === undefined || told === value,
        `${where}: ${told} was at ${offset}, now there is ${value}`,
      );
    }
    for (const [key, values] of this.#sent) {
      if (!key.endsWith(` ${partition}`)) continue;
      for (const value of values) seen.delete(value);
    }
    assert.deepEqual([...seen.keys()].slice(0, 5), [], `${where}: nobody sent these`);
  }

  #nextOf(reader: string): Map<number, number> {
    const known = this.#readers.get(reader);
    if (known !== undefined) return known;
    const next = new Map<number, number>();
    this.#readers.set(reader, next);
    return next;
  }

  /** There is one record at an offset, whoever tells of it. */
  #at({ partition, offset, value }: Seen, how: string): void {
    const key = `${partition} ${offset}`;
    const known = this.#contents.get(key);
    if (known === undefined) this.#contents.set(key, value);
    else if (known !== value) {
      this.#violated(`offset ${offset} of partition ${partition} held ${known}; then ${value} ${how}`);
    }
  }

  #violated(what: string): void {
    if (this.violations.length < 20) this.violations.push(what);
  }
}
