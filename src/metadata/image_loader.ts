/**
 * Turns committed batches of records into images. Records between BeginTransaction and EndTransaction become visible
 * together or not at all, however many batches they take (KIP-868).
 */

import { assert } from "../core/assert.ts";
import type { LeaderEpoch, Offset } from "../core/ids.ts";
import type { MetadataChange } from "./change.ts";
import { MetadataDelta } from "./delta.ts";
import type { MetadataImage } from "./image.ts";
import type { MetadataRecord } from "./record_codec.ts";

/** The records of one batch of the metadata log; none for a control batch. */
export interface MetadataBatch {
  readonly baseOffset: Offset;
  /** The offset of its last record. */
  readonly lastOffset: Offset;
  readonly epoch: LeaderEpoch;
  /** Unix milliseconds. */
  readonly timestampMs: number;
  readonly records: readonly MetadataRecord[];
}

/** A new image and how it differs from the one before. */
export interface ImageUpdate {
  readonly image: MetadataImage;
  readonly change: MetadataChange;
}

export class ImageLoader {
  #image: MetadataImage;
  /** The records of a transaction that has begun and not ended. */
  #transaction: MetadataDelta | null = null;

  constructor(image: MetadataImage) {
    this.#image = image;
  }

  /** The newest image that is whole. */
  get image(): MetadataImage {
    return this.#image;
  }

  get isInTransaction(): boolean {
    return this.#transaction !== null;
  }

  /** Starts anew from a snapshot's image. */
  reset(image: MetadataImage): void {
    this.#image = image;
    this.#transaction = null;
  }

  /** Takes over an image that was made from {@link image} by applying the next batch. */
  accept(update: ImageUpdate): void {
    assert(this.#transaction === null, "an image is not taken over inside a metadata transaction");
    this.#image = update.image;
  }

  /** Applies a batch. One update mostly; none inside a transaction, more around the edges of one. */
  load(batch: MetadataBatch): ImageUpdate[] {
    const updates: ImageUpdate[] = [];
    let delta = this.#transaction ?? new MetadataDelta(this.#image);
    let pending = this.#transaction === null ? 0 : 1;
    const positionOf = (offset: number) => ({
      offset: offset as Offset,
      epoch: batch.epoch,
      timestampMs: batch.timestampMs,
    });
    const publish = (offset: number) => {
      const update = delta.apply(positionOf(offset));
      this.#image = update.image;
      updates.push(update);
    };
    batch.records.forEach((record, index) => {
      switch (record.type) {
        case "BeginTransactionRecord":
          assert(this.#transaction === null, "a metadata transaction begins inside another one");
          if (pending > 0) publish(batch.baseOffset + index - 1);
          this.#transaction = delta = new MetadataDelta(this.#image);
          pending = 1;
          return;
        case "EndTransactionRecord":
          assert(this.#transaction !== null, "a metadata transaction ends that did not begin");
          this.#transaction = null;
          return;
        case "AbortTransactionRecord":
          assert(this.#transaction !== null, "a metadata transaction aborts that did not begin");
          this.#transaction = null;
          delta = new MetadataDelta(this.#image);
          pending = 0;
          return;
        default:
          delta.replay(record);
          pending++;
      }
    });
    // Control batches and aborted transactions move the image's offset on, too: snapshots are named after it.
    if (this.#transaction === null) publish(batch.lastOffset);
    return updates;
  }
}
