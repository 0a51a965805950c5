/**
 * The ends of partitions that groups coordinated here read, and of which this broker has no replica: their leaders are
 * asked, as long as somebody looks at the lag.
 */

import { EndOffsetHistory, type Followed } from "../../broker/metrics/end_offset_history.ts";
import type { RemoteEnd } from "../../broker/metrics/broker_metrics.ts";
import type { Cluster } from "../../client/cluster.ts";
import { findOffsets, LATEST } from "../../client/offsets.ts";
import { messageOf } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { Clock } from "../../platform/platform.ts";

/** What is needed to ask. */
export interface RemoteEndsParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly cluster: () => Cluster;
}

const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 3_000;
/** How long partitions are asked for after somebody last looked. */
const INTEREST_MS = 120_000;

class Wanted implements Followed, RemoteEnd {
  readonly topic: string;
  readonly partition: number;
  /** -1 while not known. */
  highWatermark = -1;
  lookedMs = 0;
  readonly #history: EndOffsetHistory;

  constructor(topic: string, partition: number, history: EndOffsetHistory) {
    this.topic = topic;
    this.partition = partition;
    this.#history = history;
  }

  readableSince(offset: number): number | null {
    return this.#history.readableSince(this, offset);
  }
}

export class RemoteEnds {
  readonly #parts: RemoteEndsParts;
  readonly #wanted = new Map<string, Wanted>();
  readonly #history: EndOffsetHistory;
  #askedMs = -Infinity;
  #isAsking = false;

  constructor(parts: RemoteEndsParts) {
    this.#parts = parts;
    this.#history = new EndOffsetHistory(parts.clock.wallMs());
  }

  /** What is known of a partition's end; it will be asked for when that is nothing. */
  find(topic: string, partition: number): RemoteEnd | undefined {
    const key = `${topic}/${partition}`;
    let wanted = this.#wanted.get(key);
    if (wanted === undefined) {
      wanted = new Wanted(topic, partition, this.#history);
      this.#wanted.set(key, wanted);
      this.#askedMs = -Infinity;
    }
    wanted.lookedMs = this.#parts.clock.monotonicMs();
    return wanted.highWatermark < 0 ? undefined : wanted;
  }

  /** Asks when it is time to. To be called once a second or so. */
  look(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#isAsking || this.#wanted.size === 0 || nowMs - this.#askedMs < INTERVAL_MS) return;
    for (const [key, { lookedMs }] of this.#wanted) {
      if (nowMs - lookedMs > INTEREST_MS) this.#wanted.delete(key);
    }
    this.#askedMs = nowMs;
    this.#isAsking = true;
    void this.#askAll().finally(() => this.#isAsking = false);
  }

  async #askAll(): Promise<void> {
    const byTopic = Map.groupBy(this.#wanted.values(), ({ topic }) => topic);
    for (const [topic, wanted] of byTopic) {
      try {
        const queries = wanted.map(({ partition }) => ({ topic, partition, timestamp: LATEST }));
        const found = await findOffsets(this.#parts.cluster(), queries, { timeoutMs: TIMEOUT_MS });
        for (const [index, { offset }] of found.entries()) wanted[index]!.highWatermark = offset;
      } catch (error) {
        for (const one of wanted) one.highWatermark = -1;
        this.#parts.logger.debug("could not ask for the ends of partitions", {
          topic,
          reason: messageOf(error),
        });
      }
    }
    const known = [...this.#wanted.values()].filter((one) => one.highWatermark >= 0);
    this.#history.look(known, this.#parts.clock.wallMs());
  }
}
