/**
 * Snapshots of the metadata log: `<end offset>-<epoch>.checkpoint` beside its segments (KIP-630). A snapshot is a
 * file of record batches between a header and a footer; it is written under another name and renamed when whole.
 */

import { DecodeError } from "../../core/errors.ts";
import type { LeaderEpoch, Offset } from "../../core/ids.ts";
import type { Disk } from "../../platform/disk.ts";
import type { OffsetAndEpoch } from "../../raft/types.ts";
import { batches, type BatchView, verifyBatch } from "../../records/batch.ts";
import { BatchBuilder } from "../../records/batch_builder.ts";
import { recordsOf } from "../../records/record.ts";
import {
  type ControlSummary,
  emptyControlSummary,
  type EncodedControlRecord,
  snapshotFooter,
  snapshotHeader,
  summarizeControlBatch,
} from "./control_records.ts";

/** A batch in a snapshot is closed when its records take this much. */
const BATCH_BYTES = 1024 * 1024;

/** What a snapshot holds. */
export interface SnapshotContent {
  /** The values of its metadata records, in order: views of the file's bytes. */
  readonly values: readonly Uint8Array[];
  readonly control: ControlSummary;
  /** When its last batch was written, in Unix milliseconds. */
  readonly timestampMs: number;
}

export function snapshotName(id: OffsetAndEpoch): string {
  return `${String(id.offset).padStart(20, "0")}-${String(id.epoch).padStart(10, "0")}.checkpoint`;
}

/** The id in a file's name; null when it is not a snapshot. */
export function parseSnapshotName(name: string): OffsetAndEpoch | null {
  const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name);
  if (match === null) return null;
  return { offset: Number(match[1]) as Offset, epoch: Number(match[2]) as LeaderEpoch };
}

/** The complete snapshots in a directory, oldest first. */
export function listSnapshots(disk: Disk, directory: string): OffsetAndEpoch[] {
  return disk.list(directory)
    .map((entry) => parseSnapshotName(entry.name))
    .filter((id) => id !== null)
    .sort((a, b) => a.offset - b.offset || a.epoch - b.epoch);
}

/** Builds the bytes of a snapshot, record by record. */
export class SnapshotWriter {
  readonly #nowMs: number;
  readonly #parts: Uint8Array[] = [];
  readonly #builder: BatchBuilder;
  #baseOffset = 0;

  /**
   * `nowMs` is the timestamp of its batches, `lastContainedLogTimestampMs` that of the last record that the snapshot
   * stands for, both in Unix milliseconds. `control` has the voters and kraft.version, which go with the header.
   */
  constructor(
    nowMs: number,
    header: {
      readonly lastContainedLogTimestampMs: number;
      readonly control: readonly EncodedControlRecord[];
    },
  ) {
    this.#nowMs = nowMs;
    this.#builder = new BatchBuilder();
    this.#addControl([snapshotHeader(header.lastContainedLogTimestampMs), ...header.control]);
    this.#begin();
  }

  append(value: Uint8Array): void {
    this.#builder.append({ timestamp: this.#nowMs, key: null, value });
    if (this.#builder.uncompressedBytes >= BATCH_BYTES) this.#close();
  }

  /** The whole snapshot. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#builder.count > 0) this.#close();
    this.#addControl([snapshotFooter()]);
    return concatenate(this.#parts);
  }

  #begin(): void {
    this.#builder.reset({ baseOffset: this.#baseOffset, partitionLeaderEpoch: 0 });
  }

  #close(): void {
    this.#parts.push(this.#builder.build());
    this.#baseOffset += this.#builder.count;
    this.#begin();
  }

  #addControl(records: readonly EncodedControlRecord[]): void {
    const builder = new BatchBuilder({
      baseOffset: this.#baseOffset,
      isControl: true,
      partitionLeaderEpoch: 0,
    });
    for (const { key, value } of records) builder.append({ timestamp: this.#nowMs, key, value });
    this.#parts.push(builder.build());
    this.#baseOffset += builder.count;
  }
}

/** Reads a snapshot. Throws {@link DecodeError} unless it is whole: header, sound batches, footer. */
export function decodeSnapshot(bytes: Uint8Array): SnapshotContent {
  const control = emptyControlSummary();
  const values: Uint8Array[] = [];
  let timestampMs = -1;
  for (const batch of batches(bytes)) {
    checkBatch(batch, control);
    timestampMs = batch.maxTimestamp;
    if (batch.isControl) {
      summarizeControlBatch(batch, control);
      continue;
    }
    for (const record of recordsOf(batch)) {
      if (record.value === null) throw new DecodeError(`read snapshot record ${record.offset}: it is null`);
      values.push(record.value);
    }
  }
  if (!control.hasHeader || !control.hasFooter) {
    throw new DecodeError("read snapshot: header or footer is missing");
  }
  return { values, control, timestampMs };
}

function checkBatch(batch: BatchView, control: ControlSummary): void {
  const fault = verifyBatch(batch.bytes, batch.at);
  if (fault !== null) throw new DecodeError(`read snapshot batch at ${batch.at}: ${fault}`);
  if (control.hasFooter) throw new DecodeError(`read snapshot batch at ${batch.at}: it is behind the footer`);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
