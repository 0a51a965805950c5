/** The disk over node:fs, which Deno, Bun and Node share. Only the directory lock differs between runtimes. */

import * as fs from "node:fs";
import { dirname, join } from "node:path";
import {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
  type DiskSpace,
  type OpenOptions,
} from "../disk.ts";
import { diskError, onDisk } from "./disk_errors.ts";
import { settled } from "./fs_calls.ts";
import { FsFile, type IsCached } from "./fs_file.ts";

/** Takes the lock of a directory; fails with "locked" when another holds it. */
export type LockDirectory = (path: string) => DirectoryLock;

/** The soft limit of this process, which both runtimes raise as far as they may when they start; 0 if not known. */
function openFilesLimit(): number {
  try {
    const limits = fs.readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function opened(path: string, flags: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o644, (error, descriptor) => error ? reject(error) : resolve(descriptor));
  });
}

function writtenTo(descriptor: number, bytes: Uint8Array, done: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(descriptor, bytes, done, bytes.length - done, done, (error, wrote) => {
      if (error) reject(error);
      else if (wrote === 0) reject(new Error(`the system took none of ${bytes.length - done} bytes`));
      else resolve(wrote);
    });
  });
}

/** Makes `bytes` the content of the file at `path`, whether it was there or not, and brings them onto the disk. */
async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const descriptor = await opened(path, "w");
  try {
    for (let done = 0; done < bytes.length;) done += await writtenTo(descriptor, bytes, done);
    await settled((done) => fs.fdatasync(descriptor, done));
  } finally {
    await settled((done) => fs.close(descriptor, done));
  }
}

/** The machine's file systems. */
export class FsDisk implements Disk {
  readonly openFilesLimit = openFilesLimit();
  readonly lockDirectory: LockDirectory;
  /** The last atomic write under way of each path: two at once would share `path.tmp`. */
  readonly #atomicWrites = new Map<string, Promise<void>>();

  readonly #isCached: IsCached | null;

  constructor(lockDirectory: LockDirectory, isCached: IsCached | null = null) {
    this.lockDirectory = lockDirectory;
    this.#isCached = isCached;
  }

  open(path: string, options: OpenOptions = {}): DiskFile {
    const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
    if (options.readOnly === true) return new FsFile(path, O_RDONLY, this.#isCached);
    const create = options.create === true || options.exclusive === true;
    const flags = O_RDWR | (create ? O_CREAT : 0) | (options.exclusive === true ? O_EXCL : 0);
    return new FsFile(path, flags, this.#isCached);
  }

  readFile(path: string): Uint8Array<ArrayBuffer> {
    return onDisk("read", path, () => {
      const { buffer, byteOffset, byteLength } = fs.readFileSync(path);
      return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    });
  }

  async writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
    const content = bytes.slice();
    const earlier = this.#atomicWrites.get(path) ?? Promise.resolve();
    const mine = earlier.then(() => this.#replaceFile(path, content));
    // Later writers wait for this one and do not care whether it failed.
    const settled = mine.catch(() => {});
    this.#atomicWrites.set(path, settled);
    try {
      await mine;
    } finally {
      if (this.#atomicWrites.get(path) === settled) this.#atomicWrites.delete(path);
    }
  }

  /**
   * All of it in other threads: the system frees the blocks of the file that is replaced before rename(2) returns, and
   * where the file system tells its device of each (mount option discard) that takes up to 25 ms. Creating and closing
   * wait for the journal now and then.
   */
  async #replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}.tmp`;
    try {
      await writeDurably(temporary, bytes);
      await settled((done) => fs.rename(temporary, path, done));
    } catch (error) {
      this.#discard(temporary);
      throw diskError("replace", path, error);
    }
    await this.syncDirectory(dirname(path));
  }

  #discard(path: string): void {
    try {
      fs.rmSync(path, { force: true });
    } catch {
      // The error that made it useless says more.
    }
  }

  exists(path: string): boolean {
    return fs.existsSync(path);
  }

  list(path: string): DirectoryEntry[] {
    const entries = onDisk("list", path, () => fs.readdirSync(path, { withFileTypes: true }));
    return entries
      .map((entry) => ({ name: entry.name, isDirectory: this.#isDirectory(path, entry) }))
      .sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  }

  /** A link to a directory counts as one: operators move partitions between volumes with them. */
  #isDirectory(parent: string, entry: fs.Dirent): boolean {
    if (!entry.isSymbolicLink()) return entry.isDirectory();
    return fs.statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  fileSize(path: string): number {
    return onDisk("stat", path, () => fs.statSync(path).size);
  }

  modifiedMs(path: string): number {
    return onDisk("stat", path, () => Math.floor(fs.statSync(path).mtimeMs));
  }

  makeDirectory(path: string): void {
    onDisk("make directory", path, () => {
      if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
        throw new DiskError("not-a-directory", path, `make directory ${path}: a file is in its place`);
      }
      fs.mkdirSync(path, { recursive: true });
    });
  }

  rename(from: string, to: string): void {
    onDisk(`rename to ${to}`, from, () => fs.renameSync(from, to));
  }

  remove(path: string): void {
    onDisk("remove", path, () => fs.rmSync(path, { recursive: true, force: true }));
  }

  async removeAside(path: string): Promise<void> {
    try {
      await settled((done) => fs.rm(path, { recursive: true, force: true }, done));
    } catch (error) {
      throw diskError("remove", path, error);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    try {
      const descriptor = await opened(path, "r");
      try {
        await settled((done) => fs.fsync(descriptor, done));
      } finally {
        await settled((done) => fs.close(descriptor, done));
      }
    } catch (error) {
      throw diskError("sync directory", path, error);
    }
  }

  space(path: string): DiskSpace {
    return onDisk("ask the space of", path, () => {
      const { bsize, blocks, bavail } = fs.statfsSync(path);
      return { totalBytes: bsize * blocks, freeBytes: bsize * bavail };
    });
  }
}
