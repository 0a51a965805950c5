/**
 * The batches of one partition on their way: those that wait, in order, and those that a broker has and has not
 * answered. Knows when the next may be sent so that the order stays, and which sequence it gets (KIP-98, KIP-360).
 */

import { Deque } from "../../core/deque.ts";
import { type ProducerBatch, sequenceAfter } from "./batch.ts";

/** An id and epoch that a broker gave to a producer. */
export interface ProducerIdentity {
  readonly id: number;
  readonly epoch: number;
}

const MAX_EPOCH = 32767;

export interface QueueOptions {
  readonly idempotent: boolean;
  readonly lingerMs: number;
  readonly deliveryTimeoutMs: number;
  /** Whether a broker answers at all: without answers there is no order to wait for. */
  readonly answered: boolean;
}

export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly waiting = new Deque<ProducerBatch>();
  readonly inFlight: ProducerBatch[] = [];
  /** Nothing is sent before, on the monotonic clock: a batch was refused just now. */
  notBeforeMs = 0;
  /** The epochs of its identity are used up: only a new identity will do. */
  needsIdentity = false;
  readonly #options: QueueOptions;
  #identity: ProducerIdentity | null = null;
  #nextSequence = 0;
  /** The broker lost track of the sequences: they begin anew when it has answered everything. */
  #mustRestart = false;

  constructor(topic: string, partition: number, options: QueueOptions) {
    this.topic = topic;
    this.partition = partition;
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.waiting.size === 0 && this.inFlight.length === 0;
  }

  /** The batch that records may be added to, or undefined. */
  get open(): ProducerBatch | undefined {
    const last = this.waiting.last();
    return last?.isOpen === true ? last : undefined;
  }

  /**
   * When the next batch may be sent, on the monotonic clock; Infinity while only an answer can change that.
   * `hurry` leaves no batch waiting for more records.
   */
  dueMs(hurry: boolean): number {
    const head = this.waiting.first();
    if (head === undefined || this.#isHeldBack(head)) return Infinity;
    const fullMs = hurry || !head.isOpen || this.waiting.size > 1
      ? 0
      : head.createdMs + this.#options.lingerMs;
    return Math.max(fullMs, this.notBeforeMs);
  }

  /** A batch that is sent again goes alone: behind it, others could be stored before it. */
  #isHeldBack(head: ProducerBatch): boolean {
    const { inFlight } = this;
    if (inFlight.length === 0 || !this.#options.answered) return false;
    if (!this.#options.idempotent || this.#mustRestart || head.attempts > 0) return true;
    return inFlight[0]!.attempts > 0;
  }

  /** When the oldest batch that waits has failed for being too old. */
  get expiresMs(): number {
    const head = this.waiting.first();
    return head === undefined ? Infinity : head.createdMs + this.#options.deliveryTimeoutMs;
  }

  /** Takes the next batch for sending; it must be sealed. Gives it its sequence when it has none. */
  take(identity: ProducerIdentity | null): ProducerBatch {
    const batch = this.waiting.takeFirst()!;
    if (identity !== null && batch.sequence === null) {
      this.#identity ??= identity;
      const { id: producerId, epoch } = this.#identity;
      batch.assignSequence({ producerId, epoch, base: this.#nextSequence });
      this.#nextSequence = sequenceAfter(this.#nextSequence, batch.count);
    }
    this.inFlight.push(batch);
    return batch;
  }

  /** Takes note that a broker has answered a batch, one way or the other. */
  answered(batch: ProducerBatch): void {
    const at = this.inFlight.indexOf(batch);
    if (at >= 0) this.inFlight.splice(at, 1);
  }

  /** Puts batches that were answered back to where they were in the order. */
  putBack(batches: readonly ProducerBatch[]): void {
    const earlier: ProducerBatch[] = [];
    const order = batches[0]!.createdOrder;
    while (this.waiting.size > 0 && this.waiting.first()!.createdOrder < order) {
      earlier.push(this.waiting.takeFirst()!);
    }
    for (const batch of batches.toReversed()) this.waiting.pushFirst(batch);
    for (const batch of earlier.reverse()) this.waiting.pushFirst(batch);
    this.#restartWhenAnswered();
  }

  /** Whether a batch with earlier records is on its way, so that the broker may still get it. */
  hasEarlier(batch: ProducerBatch): boolean {
    const { createdOrder } = batch;
    const head = this.waiting.first();
    return this.inFlight.some((one) => one.createdOrder < createdOrder) ||
      (head !== undefined && head.createdOrder < createdOrder);
  }

  /** The sequences have a gap or the broker has forgotten them: begins them anew in the next epoch. */
  restartSequences(): void {
    if (!this.#options.idempotent) return;
    this.#mustRestart = true;
    this.#restartWhenAnswered();
  }

  #restartWhenAnswered(): void {
    if (!this.#mustRestart || this.inFlight.length > 0) return;
    this.#mustRestart = false;
    this.#nextSequence = 0;
    const identity = this.#identity;
    this.needsIdentity = identity !== null && identity.epoch >= MAX_EPOCH;
    this.#identity = identity === null || this.needsIdentity
      ? null
      : { ...identity, epoch: identity.epoch + 1 };
    for (const batch of this.waiting) batch.sequence = null;
  }
}
