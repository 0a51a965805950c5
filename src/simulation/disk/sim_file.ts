/** An open file of a simulated process. */

import { DiskError, type DiskFile } from "../../platform/disk.ts";
import type { FileContent } from "./file_content.ts";
import type { DiskProcess } from "./sim_disk.ts";

export class SimFile implements DiskFile {
  readonly path: string;
  readonly #process: DiskProcess;
  readonly #content: FileContent;
  #closed = false;
  /** A sync has failed: what was written before is lost for good, and no later sync may say otherwise. */
  #syncFailed = false;

  constructor(process: DiskProcess, path: string, content: FileContent) {
    this.#process = process;
    this.path = path;
    this.#content = content;
    process.life.openFiles++;
  }

  get size(): number {
    return this.#content.size;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#mustBeOpen("write");
    const { medium, faults } = this.#process;
    this.#process.begin("write", "write", this.path, () => {
      const part = bytes.subarray(0, faults.partOf(bytes.length));
      if (part.length > 0) this.#put(part, position);
    });
    if (bytes.length === 0) return;
    const growth = Math.max(0, position + bytes.length - this.#content.size);
    if (growth > medium.freeBytes) {
      faults.errors++;
      throw new DiskError("no-space", this.path, `write ${this.path}: no space is left on the disk`);
    }
    this.#put(bytes, position);
  }

  #put(bytes: Uint8Array, position: number): void {
    const { size } = this.#content;
    this.#content.write(bytes, position);
    this.#process.onResized(this.#content, size);
  }

  readNow(target: Uint8Array, position: number): number {
    this.#mustBeOpen("read");
    this.#process.begin("read", "read", this.path);
    return this.#content.read(target, position);
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#mustBeOpen("read");
    await this.#process.pause("read", this.path);
    this.#process.begin("read", "read", this.path);
    return this.#content.read(target, position);
  }

  truncate(size: number): void {
    this.#mustBeOpen("truncate");
    this.#cut(size);
  }

  /** It may be closed meanwhile. */
  async shrink(size: number): Promise<void> {
    this.#mustBeOpen("truncate");
    await this.#process.pause("sync", this.path);
    this.#cut(size);
  }

  #cut(size: number): void {
    this.#process.begin("write", "truncate", this.path);
    const before = this.#content.size;
    if (size === before) return;
    this.#content.truncate(size);
    this.#process.onResized(this.#content, before);
  }

  async sync(): Promise<void> {
    this.#mustBeOpen("sync");
    const upTo = this.#content.changeCount;
    await this.#process.pause("sync", this.path);
    try {
      this.#process.begin("sync", "sync", this.path);
      if (this.#syncFailed) throw new DiskError("io", this.path, `sync ${this.path}: an earlier sync failed`);
    } catch (error) {
      if (this.#process.alive) this.#onSyncFailed(upTo);
      throw error;
    }
    this.#content.sync(upTo);
  }

  #onSyncFailed(upTo: number): void {
    if (!this.#syncFailed && this.#process.faults.forgets()) this.#content.dropUnsynced(upTo);
    this.#syncFailed = true;
  }

  close(): void {
    if (!this.#closed) this.#process.life.openFiles--;
    this.#closed = true;
  }

  #mustBeOpen(action: string): void {
    if (this.#closed) throw new DiskError("io", this.path, `${action} ${this.path}: the file is closed`);
  }
}
