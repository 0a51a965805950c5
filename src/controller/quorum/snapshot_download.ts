/** A snapshot that is being fetched from the leader, piece by piece, into a file that counts only when complete. */

import { assert } from "../../core/assert.ts";
import { DecodeError } from "../../core/errors.ts";
import type { Disk, DiskFile } from "../../platform/disk.ts";
import type { OffsetAndEpoch } from "../../raft/types.ts";
import { decodeSnapshot, type SnapshotContent, snapshotName } from "./snapshot_files.ts";

const PART_SUFFIX = ".part";

export class SnapshotDownload {
  readonly #disk: Disk;
  readonly #directory: string;
  #file: DiskFile | null = null;
  #name = "";

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Removes what an earlier process left behind. */
  removeLeftovers(): void {
    for (const { name } of this.#disk.list(this.#directory)) {
      if (name.endsWith(PART_SUFFIX)) this.#disk.remove(`${this.#directory}/${name}`);
    }
  }

  /** Puts a piece at its position. The first piece of another snapshot drops what is there. */
  put(id: OffsetAndEpoch, position: number, bytes: Uint8Array): void {
    const name = snapshotName(id);
    if (position === 0 || name !== this.#name) {
      this.discard();
      this.#name = name;
      this.#file = this.#disk.open(this.#path(PART_SUFFIX), { create: true });
      this.#file.truncate(0);
    }
    assert(this.#file !== null, "a download has begun");
    // A piece that does not continue is one that raft will not count either.
    if (position === this.#file.size) this.#file.write(bytes, position);
  }

  /** Verifies the snapshot and gives it its name, durably. Throws {@link DecodeError} when it is damaged. */
  async complete(id: OffsetAndEpoch): Promise<SnapshotContent> {
    const file = this.#file;
    if (file === null || snapshotName(id) !== this.#name) {
      throw new DecodeError("no such snapshot was downloaded");
    }
    const bytes = new Uint8Array(file.size);
    file.readNow(bytes, 0);
    const content = decodeSnapshot(bytes);
    await file.sync();
    file.close();
    this.#file = null;
    this.#disk.rename(this.#path(PART_SUFFIX), this.#path(""));
    await this.#disk.syncDirectory(this.#directory);
    return content;
  }

  discard(): void {
    if (this.#file === null) return;
    this.#file.close();
    this.#file = null;
    this.#disk.remove(this.#path(PART_SUFFIX));
  }

  #path(suffix: string): string {
    return `${this.#directory}/${this.#name}${suffix}`;
  }
}
