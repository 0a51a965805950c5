/**
 * Writes snapshots of the image (KIP-630) once enough log has passed since the last one, so that a restart reads
 * little and the log can be cut in front. One at a time, in slices that do not stall the loop.
 */

import type { BrokerConfig } from "../../config/broker_config.ts";
import { messageOf } from "../../core/errors.ts";
import type { Offset } from "../../core/ids.ts";
import type { Logger } from "../../core/logger.ts";
import { type MetadataImage, metadataVersionOf } from "../../metadata/image.ts";
import { snapshotRecords } from "../../metadata/image_snapshot.ts";
import { encodeMetadataRecord } from "../../metadata/record_codec.ts";
import { DiskError } from "../../platform/disk.ts";
import type { Platform } from "../../platform/platform.ts";
import type { OffsetAndEpoch, Voter } from "../../raft/types.ts";
import { type ControlSummary, encodeControlRecord, type EncodedControlRecord } from "./control_records.ts";
import type { MetadataLog } from "./metadata_log.ts";
import { snapshotName, SnapshotWriter } from "./snapshot_files.ts";

/** Records between two turns of the loop. */
const RECORDS_PER_SLICE = 500;

export class Snapshotter {
  readonly #log: MetadataLog;
  readonly #platform: Pick<Platform, "clock" | "timers" | "disk">;
  readonly #config: BrokerConfig;
  readonly #logger: Logger;
  #bytesSince = 0;
  #lastMs: number;
  #isWriting = false;
  /** The committed voter set and kraft.version: they belong into every snapshot. */
  #voters: readonly Voter[] | null = null;
  #kraftVersion: number | null = null;

  constructor(options: {
    readonly log: MetadataLog;
    readonly platform: Pick<Platform, "clock" | "timers" | "disk">;
    readonly config: BrokerConfig;
    readonly logger: Logger;
  }) {
    this.#log = options.log;
    this.#platform = options.platform;
    this.#config = options.config;
    this.#logger = options.logger;
    this.#lastMs = options.platform.clock.monotonicMs();
  }

  /** Takes note of a committed batch, or of what a snapshot holds. */
  onCommitted(sizeBytes: number, control: ControlSummary | null): void {
    this.#bytesSince += sizeBytes;
    this.#voters = control?.voterSets.at(-1)?.voters ?? this.#voters;
    this.#kraftVersion = control?.kraftVersions.at(-1)?.version ?? this.#kraftVersion;
  }

  /** Whether a snapshot is due. */
  get isDue(): boolean {
    if (this.#isWriting || this.#bytesSince === 0) return false;
    if (this.#bytesSince >= this.#config.get("metadata.log.max.record.bytes.between.snapshots")) return true;
    const intervalMs = this.#config.get("metadata.log.max.snapshot.interval.ms");
    return intervalMs > 0 && this.#platform.clock.monotonicMs() - this.#lastMs >= intervalMs;
  }

  /** Writes a snapshot of `image`; `created` is told when it is durable, with the new start of the log if it moved. */
  write(image: MetadataImage, created: (id: OffsetAndEpoch, logStart: Offset | null) => void): void {
    this.#isWriting = true;
    this.#bytesSince = 0;
    this.#lastMs = this.#platform.clock.monotonicMs();
    this.#write(image).then((id) => created(id, this.#removeOld())).catch((error) => {
      // Nothing is lost: the log holds everything, and the next one will be tried in its time.
      this.#logger.warn("could not write a metadata snapshot", { reason: messageOf(error) });
    }).finally(() => this.#isWriting = false);
  }

  /** Older snapshots stay for now when the disk does not let them go. */
  #removeOld(): Offset | null {
    try {
      return this.#log.removeOld();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#logger.warn("could not remove an old metadata snapshot", { reason: error.message });
      return null;
    }
  }

  async #write(image: MetadataImage): Promise<OffsetAndEpoch> {
    const { clock, disk, timers } = this.#platform;
    const id: OffsetAndEpoch = { offset: (image.offset + 1) as Offset, epoch: image.epoch };
    const writer = new SnapshotWriter(clock.wallMs(), {
      lastContainedLogTimestampMs: image.timestampMs,
      control: this.#controlRecords(),
    });
    let left = RECORDS_PER_SLICE;
    for (const record of snapshotRecords(image)) {
      writer.append(encodeMetadataRecord(record, metadataVersionOf(image)));
      if (--left > 0) continue;
      await timers.yield();
      left = RECORDS_PER_SLICE;
    }
    // What is below a snapshot is not recovered at the next start: were it not durable, what is synced behind it later
    // would lie behind a gap, and be lost with it. Others may have committed it before it is on this disk.
    if (!await this.#log.flushedTo(id.offset)) throw new Error(`the log is not durable up to ${id.offset}`);
    await disk.writeFileAtomic(`${this.#log.directory}/${snapshotName(id)}`, writer.finish());
    this.#log.addSnapshot(id);
    this.#logger.info("wrote a metadata snapshot", { offset: id.offset, epoch: id.epoch });
    return id;
  }

  #controlRecords(): EncodedControlRecord[] {
    const records: EncodedControlRecord[] = [];
    if ((this.#kraftVersion ?? 0) > 0) {
      records.push(encodeControlRecord({ type: "kraftVersion", kraftVersion: this.#kraftVersion! }));
      if (this.#voters !== null) records.push(encodeControlRecord({ type: "voters", voters: this.#voters }));
    }
    return records;
  }
}
