/** What verification finds, and how far it is. */

import { DecodeError, messageOf } from "../../core/errors.ts";
import { DiskError } from "../../platform/disk.ts";

/** Something in a data directory that is not as it should be. */
export interface Finding {
  /** "note": a broker deals with it by itself and nothing is lost. */
  readonly severity: "damage" | "note";
  readonly path: string;
  /** In bytes; null where it says nothing. */
  readonly position: number | null;
  readonly message: string;
}

/** What has been looked at so far. */
export interface VerifyCounts {
  /** Of the segments that are to be read. */
  totalBytes: number;
  bytes: number;
  partitions: number;
  segments: number;
  batches: number;
  records: number;
}

/** Where findings and counts go. */
export class VerifyReport {
  readonly counts: VerifyCounts = {
    totalBytes: 0,
    bytes: 0,
    partitions: 0,
    segments: 0,
    batches: 0,
    records: 0,
  };
  damages = 0;
  notes = 0;
  readonly #onFinding: (finding: Finding) => void;

  constructor(onFinding: (finding: Finding) => void) {
    this.#onFinding = onFinding;
  }

  damage(path: string, message: string, position: number | null = null): void {
    this.damages++;
    this.#onFinding({ severity: "damage", path, position, message });
  }

  note(path: string, message: string, position: number | null = null): void {
    this.notes++;
    this.#onFinding({ severity: "note", path, position, message });
  }

  /** What `read` gives, or null when the file cannot be read or is damaged, which is then reported. */
  attempt<T>(path: string, read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof DiskError)) throw error;
      this.damage(path, messageOf(error));
      return null;
    }
  }
}
