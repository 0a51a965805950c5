/** Follows all partitions of a topic from the beginning, without a group. */

import { rackOf } from "../cluster/cluster_plan.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import type { Client, ClientOptions } from "./client_context.ts";
import { PartitionReader } from "./partition_reader.ts";
import { Session } from "./session.ts";

export class TailingConsumer implements Client {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #session: Session;
  readonly #readers: readonly PartitionReader[];
  #round = 0;

  constructor(options: ClientOptions, topic: KnownTopic) {
    this.name = options.name;
    this.#options = options;
    this.#session = new Session(options);
    const { context, prng } = options;
    const rackId = context.cluster.plan.hasRacks ? rackOf(prng.below(100)) : "";
    this.#readers = Array.from(
      { length: topic.partitions },
      (_, partition) =>
        new PartitionReader(options.context, this.#session, { topic, partition, position: 0, rackId }),
    );
  }

  /** When all is produced, it must have read all of it. */
  get isSettled(): boolean {
    const { phase, round } = this.#options.context;
    if (phase === "healed") return round === this.#round && this.#readers.every((reader) => reader.answered);
    return this.#readers.every(isAtEnd);
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    while (context.phase !== "over") {
      this.#beginRound(context.round);
      // At the end there may be much to catch up with, by segments that hold few records each.
      const isDraining = context.phase === "draining";
      for (const reader of this.#readers) {
        if (isDraining && isAtEnd(reader)) continue;
        await reader.poll({
          maxWaitMs: prng.pick([0, 10, 500]),
          maxBytes: prng.pick([1, 500, 20_000, 1_000_000]),
        });
        if (context.phase === "faults") reader.answered = false;
        if (prng.chance(0.1)) await reader.askForEnd();
      }
      if (context.phase === "faults" && prng.chance(0.02)) this.#startOver();
      await platform.timers.sleep((isDraining ? 1 : context.pace) * prng.below(120));
    }
    this.#session.close();
  }

  #beginRound(round: number): void {
    if (round === this.#round) return;
    this.#round = round;
    for (const reader of this.#readers) reader.answered = false;
  }

  /** Old records are served from elsewhere than new ones. */
  #startOver(): void {
    for (const reader of this.#readers) reader.position = reader.bounds.logStartOffset;
  }
}

/** Whether all is read that was there at the last answer, and all that was acknowledged. */
function isAtEnd({ position, bounds, history }: PartitionReader): boolean {
  return position >= bounds.highWatermark && position >= history.acknowledgedEnd;
}
