/**
 * One open file over node:fs, which Deno, Bun and Node share.
 *
 * Deno's own `Deno.FsFile` has no positional reads or writes, so it needs a seek before each and a queue for
 * asynchronous ones; node:fs is pread and pwrite on all three. Measured in Deno 2.9.6, microseconds an operation:
 *
 *     bytes     FsFile seek+write   node:fs write   FsFile seek+read   node:fs read
 *     100             0.70              0.49             0.59              0.50
 *     16 KiB          1.43              1.20             1.26              1.16
 *     1 MiB            107                95               99                98
 *     1 KiB, asynchronous                                   58                40
 */

import * as fs from "node:fs";
import { DiskError, type DiskFile } from "../disk.ts";
import { diskError, onDisk } from "./disk_errors.ts";
import { settled } from "./fs_calls.ts";
import { SharedFlush } from "./shared_flush.ts";

/** Whether a range of an open file is in the system's cache. */
export type IsCached = (descriptor: number, position: number, length: number) => boolean;

/** A file descriptor that asynchronous work in other threads may still be using when it is closed. */
export class FsFile implements DiskFile {
  readonly path: string;
  readonly #descriptor: number;
  #size: number;
  #closed = false;
  /** Asynchronous operations under way: the descriptor's number must not be reused before they end. */
  #pending = 0;
  readonly #flushes = new SharedFlush(() => this.#flush());

  readonly #isCached: IsCached | null;

  constructor(path: string, flags: number, isCached: IsCached | null = null) {
    this.path = path;
    this.#isCached = isCached;
    this.#descriptor = onDisk("open", path, () => fs.openSync(path, flags, 0o644));
    try {
      this.#size = onDisk("open", path, () => fs.fstatSync(this.#descriptor).size);
    } catch (error) {
      fs.closeSync(this.#descriptor);
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#mustBeOpen("write");
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    try {
      let done = 0;
      while (done < bytes.length) {
        const wrote = fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
        if (wrote === 0) throw new Error(`the system took none of ${bytes.length - done} bytes`);
        done += wrote;
      }
    } catch (error) {
      if (end > this.#size) this.#cutBack();
      throw diskError("write", this.path, error);
    }
    if (end > this.#size) this.#size = end;
  }

  /** Takes back a write that failed half way, so that the file does not end in a torn piece. */
  #cutBack(): void {
    try {
      fs.ftruncateSync(this.#descriptor, this.#size);
    } catch {
      // The error of the write itself says more; recovery finds the torn piece.
    }
  }

  readNow(target: Uint8Array, position: number): number {
    this.#mustBeOpen("read");
    try {
      let done = 0;
      while (done < target.length) {
        const got = fs.readSync(this.#descriptor, target, done, target.length - done, position + done);
        if (got === 0) break;
        done += got;
      }
      return done;
    } catch (error) {
      throw diskError("read", this.path, error);
    }
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#mustBeOpen("read");
    this.#pending++;
    try {
      let done = 0;
      while (done < target.length) {
        const got = await this.#readOnce(target, done, position + done);
        if (got === 0) break;
        done += got;
      }
      return done;
    } finally {
      this.#settle();
    }
  }

  #readOnce(target: Uint8Array, offset: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.#descriptor, target, offset, target.length - offset, position, (error, got) => {
        if (error) reject(diskError("read", this.path, error));
        else resolve(got);
      });
    });
  }

  isCached(position: number, length: number): boolean {
    this.#mustBeOpen("ask the cache of");
    return this.#isCached !== null && this.#isCached(this.#descriptor, position, length);
  }

  /** Runs `task` with the descriptor, which nobody else gets before the task ends. */
  async withDescriptor(task: (descriptor: number) => Promise<void>): Promise<void> {
    this.#mustBeOpen("send");
    this.#pending++;
    try {
      await task(this.#descriptor);
    } finally {
      this.#settle();
    }
  }

  truncate(size: number): void {
    this.#mustBeOpen("truncate");
    onDisk("truncate", this.path, () => fs.ftruncateSync(this.#descriptor, size));
    this.#size = size;
  }

  async shrink(size: number): Promise<void> {
    this.#mustBeOpen("truncate");
    this.#pending++;
    try {
      await settled((done) => fs.ftruncate(this.#descriptor, size, done));
      this.#size = size;
    } catch (error) {
      throw diskError("truncate", this.path, error);
    } finally {
      this.#settle();
    }
  }

  async sync(): Promise<void> {
    this.#mustBeOpen("sync");
    this.#pending++;
    try {
      await this.#flushes.flush();
    } finally {
      this.#settle();
    }
  }

  async #flush(): Promise<void> {
    try {
      await settled((done) => fs.fdatasync(this.#descriptor, done));
    } catch (error) {
      throw diskError("sync", this.path, error);
    }
  }

  #settle(): void {
    this.#pending--;
    if (this.#closed && this.#pending === 0) fs.closeSync(this.#descriptor);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#pending === 0) onDisk("close", this.path, () => fs.closeSync(this.#descriptor));
  }

  #mustBeOpen(action: string): void {
    if (this.#closed) throw new DiskError("io", this.path, `${action} ${this.path}: the file is closed`);
  }
}
