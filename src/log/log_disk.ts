/**
 * The disk as one log sees it. A log that is deleted gives its name away at once, while something that it has begun may
 * still wait for the disk: a flush, a cut, a compaction. That must not go on in the files of the next log of that name.
 */

import {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
  type DiskSpace,
  type OpenOptions,
} from "../platform/disk.ts";

export class LogDisk implements Disk {
  readonly #disk: Disk;
  #isGone = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** From now on no name leads to anything, as if the log's directory were gone without a successor. */
  end(): void {
    this.#isGone = true;
  }

  /** The disk, for an operation on `path`. Throws DiskError once the log is deleted. */
  #for(path: string): Disk {
    if (this.#isGone) throw new DiskError("not-found", path, `use ${path}: the log was deleted`);
    return this.#disk;
  }

  open(path: string, options?: OpenOptions): DiskFile {
    return this.#for(path).open(path, options);
  }
  readFile(path: string): Uint8Array<ArrayBuffer> {
    return this.#for(path).readFile(path);
  }
  async writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
    await this.#for(path).writeFileAtomic(path, bytes);
  }
  exists(path: string): boolean {
    return !this.#isGone && this.#disk.exists(path);
  }
  list(path: string): DirectoryEntry[] {
    return this.#for(path).list(path);
  }
  fileSize(path: string): number {
    return this.#for(path).fileSize(path);
  }
  modifiedMs(path: string): number {
    return this.#for(path).modifiedMs(path);
  }
  makeDirectory(path: string): void {
    this.#for(path).makeDirectory(path);
  }
  rename(from: string, to: string): void {
    this.#for(from).rename(from, to);
  }
  remove(path: string): void {
    this.#for(path).remove(path);
  }
  async removeAside(path: string): Promise<void> {
    await this.#for(path).removeAside(path);
  }
  async syncDirectory(path: string): Promise<void> {
    await this.#for(path).syncDirectory(path);
  }
  space(path: string): DiskSpace {
    return this.#for(path).space(path);
  }
  lockDirectory(path: string): DirectoryLock {
    return this.#for(path).lockDirectory(path);
  }
}
