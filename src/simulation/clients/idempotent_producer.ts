/**
 * Produces to one partition with a producer id and sequences, several requests at a time, and sends again whatever was
 * not acknowledged: each of its records must be there once and in order (KIP-98).
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { produce } from "../../protocol/messages/00_produce.ts";
import { initProducerId } from "../../protocol/messages/22_init_producer_id.ts";
import type { Moment, PartitionHistory } from "../model/partition_history.ts";
import { makeValue, nameOfValue } from "../model/record_values.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import { batchOfValues } from "./batches.ts";
import type { Client, ClientOptions } from "./client_context.ts";
import { type LeaderPlace, Session } from "./session.ts";

/** A batch until it is acknowledged. */
interface Pending {
  readonly values: readonly string[];
  readonly names: readonly string[];
  readonly sequence: number;
  readonly wallMs: number;
}

/** What the producer makes of an answer. */
type Verdict = "acked" | "again" | "lost";

/** The broker remembers this many batches of a producer, over a restart too. */
const MAX_IN_FLIGHT = 5;

/** Answers after which the broker knows the producer no more, or not as it should. */
const LOST: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_EPOCH,
]);

export class IdempotentProducer implements Client {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #session: Session;
  readonly #topic: KnownTopic;
  readonly #partition: number;
  readonly #history: PartitionHistory;
  readonly #maxInFlight: number;
  #producerId = -1;
  #producerEpoch = -1;
  #sequence = 0;
  #next = 0;
  #pending: Pending[] = [];
  /** The power had been cut so often when the broker last confirmed what it knows of this producer. */
  #confirmed: Moment;
  /** The last round in which that went well. */
  #ackedIn = -1;

  constructor(options: ClientOptions, topic: KnownTopic, partition: number) {
    this.name = options.name;
    this.#options = options;
    this.#session = new Session(options);
    this.#topic = topic;
    this.#partition = partition;
    this.#history = options.context.history(topic, partition);
    this.#confirmed = options.context.now();
    this.#maxInFlight = options.prng.pick([1, MAX_IN_FLIGHT]);
  }

  get isSettled(): boolean {
    return this.#options.context.phase === "healed"
      ? this.#ackedIn === this.#options.context.round
      : this.#pending.length === 0;
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    while (context.phase === "faults" || context.phase === "healed" || this.#pending.length > 0) {
      if (context.phase === "over") break;
      if (this.#producerId < 0) await this.#init();
      else await this.#sendPending();
      await platform.timers.sleep(context.pace * prng.below(prng.chance(0.05) ? 1500 : 250));
    }
    this.#session.close();
  }

  async #init(): Promise<void> {
    const since = this.#options.context.now();
    const answer = await this.#session.send(initProducerId, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    if (answer === null || answer.errorCode !== ErrorCode.NONE) return;
    this.#options.context.onProducerId(answer.producerId);
    this.#producerId = answer.producerId;
    this.#producerEpoch = answer.producerEpoch;
    this.#sequence = 0;
    this.#confirmed = since;
  }

  /** Fills up what may be in flight, sends all of it in order, and takes the answers in order. */
  async #sendPending(): Promise<void> {
    const { context, prng, platform } = this.#options;
    const isProducing = context.phase === "faults" || context.phase === "healed";
    const inFlight = 1 + prng.below(this.#maxInFlight);
    while (isProducing && this.#pending.length < inFlight) {
      const values = Array.from(
        { length: 1 + prng.below(4) },
        () => makeValue(this.name, this.#next++, prng),
      );
      const names = values.map((value) => nameOfValue(value));
      const wallMs = platform.clock.wallMs();
      this.#history.onSent(names, wallMs);
      this.#pending.push({ values, names, sequence: this.#sequence, wallMs });
      this.#sequence += values.length;
    }
    if (this.#pending.length === 0) return;
    const place = await this.#session.leader(this.#topic, this.#partition);
    if (place === null) return;
    const { connection } = place;
    const sent = [...this.#pending];
    const confirmed = this.#confirmed;
    // What only the leader has may be lost with him, and then the next sequence is out of order.
    const acks = prng.pick([-1, -1, this.#topic.replicationFactor === 1 ? 1 : -1]);
    const verdicts = await Promise.all(sent.map((batch) => this.#sendOne(place, batch, acks)));
    // What is behind a batch that must be sent again must be sent again too.
    const failed = verdicts.findIndex((verdict) => verdict !== "acked");
    this.#pending = failed < 0 ? [] : this.#pending.slice(failed);
    if (failed < 0) return;
    if (verdicts[failed] === "lost") return this.#onLost(confirmed);
    connection.close();
    await this.#session.onLeaderTrouble(this.#topic, this.#partition);
  }

  async #sendOne({ connection, nodeId }: LeaderPlace, batch: Pending, acks: number): Promise<Verdict> {
    const { context } = this.#options;
    const since = context.now();
    const leadsSince = this.#epochLedBy(nodeId);
    const records = batchOfValues(batch.values, batch.wallMs, {
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      baseSequence: batch.sequence,
    });
    const { name, id } = this.#topic;
    const response = await this.#session.sendOn(connection, produce, {
      acks,
      timeoutMs: 3000,
      topicData: [{ name, topicId: id, partitionData: [{ index: this.#partition, records }] }],
    });
    const answer = response?.responses[0]?.partitionResponses[0];
    if (answer === undefined) return "again";
    const { errorCode, baseOffset } = answer;
    context.note(this.name, "produced", this.#history.label, batch.sequence, errorCode, baseOffset);
    if (errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return "acked";
    if (errorCode !== ErrorCode.NONE) {
      const isLeader = leadsSince !== null && leadsSince === this.#epochLedBy(nodeId);
      return LOST.has(errorCode) && isLeader ? "lost" : "again";
    }
    this.#history.onAcked(batch.names, baseOffset, since);
    this.#confirmed = since;
    context.world.onTold("produced");
    if (context.phase === "healed") this.#ackedIn = context.round;
    return "acked";
  }

  /**
   * The epoch in which a node leads the partition; null when it does not. A produce request names no leader epoch: who
   * was deposed and has not heard of it looks for the sequence in a log that lacks what its successor has acknowledged.
   */
  #epochLedBy(nodeId: number): number | null {
    const state = this.#options.context.cluster.partition(this.#topic.id, this.#partition);
    return state?.leader === nodeId ? state.leaderEpoch : null;
  }

  /** The broker has forgotten what it had acknowledged: that may only come from a power cut without a promise. */
  #onLost(confirmed: Moment): void {
    const { context } = this.#options;
    const mayForget = !this.#topic.isDurable && confirmed.powerCuts < context.now().powerCuts;
    context.world.findings.require(
      mayForget || this.#history.closed,
      "a producer that was acknowledged is known",
      () => `${this.name} in ${this.#history.label}: sequence ${this.#pending[0]?.sequence} is refused`,
    );
    for (const { names } of this.#pending) this.#history.onFate(names, "unknown");
    this.#pending = [];
    this.#producerId = -1;
  }
}
