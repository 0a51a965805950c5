/** Records that the system has in its cache: they go from their file to the socket without coming through memory. */

import { assert } from "../core/assert.ts";
import type { DiskFile } from "../platform/disk.ts";
import type { HeldFile } from "../platform/held_bytes.ts";
import { NetworkError } from "../platform/network.ts";
import type { RecordsSource } from "./log_read.ts";
import type { Segment } from "./segment.ts";

/** Below this many bytes copying them costs less than sending them from the file. */
export const SENT_FROM_BYTES = 32 * 1024;

/** Where in a segment records are, and until when they stay there. */
export interface RecordsPlace {
  readonly segment: Segment;
  readonly position: number;
  readonly byteLength: number;
  readonly endOffset: number;
  /** False once the log has been cut, so that the file may hold other records there. */
  isIntact(): boolean;
}

/** A stretch of whole batches in a segment's file. */
export class FileRecords implements RecordsSource {
  readonly #place: RecordsPlace;

  constructor(place: RecordsPlace) {
    this.#place = place;
  }

  get byteLength(): number {
    return this.#place.byteLength;
  }

  get endOffset(): number {
    return this.#place.endOffset;
  }

  /** Throws NetworkError when the records are not there any more: who asked for them must ask again. */
  writeTo(target: Uint8Array): void {
    const { segment, position, byteLength } = this.#place;
    const isWhole = this.#place.isIntact() &&
      segment.file().readNow(target.subarray(0, byteLength), position) === byteLength;
    if (!isWhole) throw new NetworkError("reset", "records were cut off before they were sent");
  }

  hold(mayBeFile: boolean): HeldFile | null {
    return mayBeFile && this.byteLength >= SENT_FROM_BYTES ? holdRange(this.#place) : null;
  }
}

/** Keeps a segment's file open while part of it is being sent. */
export function holdRange(place: Omit<RecordsPlace, "endOffset">): HeldFile {
  const { segment, position, byteLength } = place;
  const file: DiskFile = segment.file();
  segment.pins++;
  return {
    byteLength,
    range: { file, position, byteLength, isIntact: () => place.isIntact() },
    release() {
      segment.pins--;
      assert(segment.pins >= 0, "a segment is held no less often than it is released");
    },
  };
}
