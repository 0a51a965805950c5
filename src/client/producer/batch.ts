/** The records of one partition that are sent together, from the first to the answer of the broker. */

import { assert } from "../../core/assert.ts";
import { BatchCursor, setProducer } from "../../records/batch.ts";
import { BatchBuilder } from "../../records/batch_builder.ts";
import type { CompressionName } from "../../records/compression/codec.ts";
import { RecordCursor } from "../../records/record.ts";
import type { ProducerRecord, RecordCallback } from "./options.ts";

/** Length, attributes, deltas and counts of a record at their longest. */
const RECORD_OVERHEAD_BYTES = 36;

/** The most bytes that a record takes in a batch before compression. */
export function recordBytes(record: ProducerRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const { key, value } of record.headers ?? []) bytes += 10 + key.length * 3 + (value?.length ?? 0);
  return bytes;
}

/** Who sends, as the broker checks it: the sequence of a batch's first record says what came before. */
export interface Sequence {
  readonly producerId: number;
  readonly epoch: number;
  readonly base: number;
}

export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  /** When its first record came, on the monotonic clock. */
  readonly createdMs: number;
  /** Where it is in the order of its partition's batches. */
  readonly createdOrder: number;
  count = 0;
  /** Times it was sent and not stored. */
  attempts = 0;
  /** Given when it is first sent by an idempotent producer. */
  sequence: Sequence | null = null;
  /** Why it was not stored at the last attempt. */
  lastError: Error | null = null;
  /** One for each record once any record has one. */
  callbacks: (RecordCallback | undefined)[] | null = null;
  #builder: BatchBuilder | null;
  #bytes: Uint8Array<ArrayBuffer> | null = null;

  constructor(
    place: Pick<ProducerBatch, "topic" | "partition" | "createdMs" | "createdOrder">,
    builder: BatchBuilder | null,
  ) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.createdMs = place.createdMs;
    this.createdOrder = place.createdOrder;
    this.#builder = builder;
  }

  /** Whether more records may come. */
  get isOpen(): boolean {
    return this.#builder !== null;
  }

  /** What it holds of memory. */
  get sizeBytes(): number {
    return this.#bytes?.length ?? this.#builder?.uncompressedBytes ?? 0;
  }

  append(record: ProducerRecord, timestamp: number, callback: RecordCallback | undefined): void {
    assert(this.#builder !== null, "a record comes to a batch that is open");
    const { key, value, headers } = record;
    this.#builder.append(
      headers === undefined ? { timestamp, key, value } : { timestamp, key, value, headers },
    );
    if (callback !== undefined) this.callbacks ??= new Array(this.count).fill(undefined);
    this.callbacks?.push(callback);
    this.count++;
  }

  /** Takes no more records and compresses what there is. Returns the builder, which may be used again. */
  seal(): BatchBuilder {
    const builder = this.#builder;
    assert(builder !== null, "a batch is sealed once");
    this.#bytes = builder.build();
    this.#builder = null;
    return builder;
  }

  /** Writes its place in the order of the producer's records. */
  assignSequence(sequence: Sequence): void {
    this.sequence = sequence;
    const { producerId: id, epoch, base: baseSequence } = sequence;
    setProducer(this.bytes, 0, { id, epoch, baseSequence });
  }

  /** The bytes to send. */
  get bytes(): Uint8Array<ArrayBuffer> {
    assert(this.#bytes !== null, "only a sealed batch has its bytes");
    return this.#bytes;
  }

  /** Two batches of half the records each, for a broker that takes only smaller ones; they keep the sequences. */
  split(compression: CompressionName): readonly [ProducerBatch, ProducerBatch] {
    const view = new BatchCursor(this.bytes);
    assert(view.next() && this.count > 1, "a batch to split holds records");
    const cursor = new RecordCursor(view);
    const firstCount = this.count >> 1;
    const half = (from: number, count: number): ProducerBatch => {
      const builder = new BatchBuilder({ compression });
      for (let left = count; left > 0 && cursor.next(); left--) {
        const { timestamp, key, value, headers } = cursor;
        builder.append({ timestamp, key, value, headers });
      }
      const batch = new ProducerBatch(this, builder);
      batch.count = count;
      batch.attempts = this.attempts;
      batch.callbacks = this.callbacks?.slice(from, from + count) ?? null;
      batch.seal();
      const { sequence } = this;
      if (sequence !== null) batch.assignSequence({ ...sequence, base: sequenceAfter(sequence.base, from) });
      return batch;
    };
    return [half(0, firstCount), half(firstCount, this.count - firstCount)];
  }
}

/** The sequence `count` records after `base`; it wraps from 2^31-1 to 0. */
export function sequenceAfter(base: number, count: number): number {
  return (base + count) % 2147483648;
}
