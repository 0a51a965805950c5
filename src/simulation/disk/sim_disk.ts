/** The disk as one process sees it. What it changes stays; what it waits for ends with it. */

import {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
  type DiskSpace,
} from "../../platform/disk.ts";
import { type Life, never } from "../life.ts";
import type { Scheduler } from "../scheduler.ts";
import { changeNames, Directory } from "./directory.ts";
import type { DiskAction, DiskFaults } from "./disk_faults.ts";
import { FileContent } from "./file_content.ts";
import type { Medium, Place } from "./medium.ts";
import { SimFile } from "./sim_file.ts";

/** What the parts of a process's disk share. */
export interface DiskWorld {
  readonly scheduler: Scheduler;
  readonly medium: Medium;
  readonly faults: DiskFaults;
  readonly life: Life;
  readonly wallMs: () => number;
}

/** The operations of one process on a disk: each may fail, crash the machine, or come too late. */
export class DiskProcess {
  readonly medium: Medium;
  readonly faults: DiskFaults;
  readonly #world: DiskWorld;

  constructor(world: DiskWorld) {
    this.#world = world;
    this.medium = world.medium;
    this.faults = world.faults;
  }

  get life(): Life {
    return this.#world.life;
  }

  get alive(): boolean {
    return this.#world.life.alive;
  }

  /** Lets an operation begin. `halfWay` is what a process has done of it that is killed right there. */
  begin(action: DiskAction, verb: string, path: string, halfWay?: () => void): void {
    const { life } = this.#world;
    if (life.alive) {
      this.faults.onOperation(action, path);
      if (!life.alive) halfWay?.();
    }
    if (!life.alive) throw new DiskError("io", path, `${verb} ${path}: the process has ended`);
    if (!this.faults.fails(action)) return;
    this.#world.scheduler.note(life.name, "disk error", verb, path);
    throw new DiskError("io", path, `${verb} ${path}: input/output error`);
  }

  /** Resolves when the disk has done an operation; never in a process that has ended. */
  pause(action: "read" | "sync", path: string): Promise<void> {
    const { scheduler, life } = this.#world;
    if (!life.alive) return never();
    const us = this.faults.latencyUs(action);
    scheduler.transcript.remark(scheduler.nowUs, life.name, action, path, us);
    return new Promise((resolve) => void scheduler.after(us, action, life, resolve));
  }

  onResized(content: FileContent, sizeBefore: number): void {
    content.modifiedMs = this.#world.wallMs();
    this.medium.usedBytes += content.size - sizeBefore;
  }
}

function parentPath(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

export class SimDisk implements Disk {
  readonly #world: DiskWorld;
  readonly #medium: Medium;
  readonly #process: DiskProcess;
  /** The last atomic write under way of each path: two at once would share `path.tmp`. */
  readonly #atomicWrites = new Map<string, Promise<void>>();

  constructor(world: DiskWorld) {
    this.#world = world;
    this.#medium = world.medium;
    this.#process = new DiskProcess(world);
  }

  open(path: string, options: { readonly create?: boolean; readonly exclusive?: boolean } = {}): DiskFile {
    const { parent, name, entry } = this.#medium.find("open", path);
    if (entry instanceof FileContent) {
      if (options.exclusive === true) throw new DiskError("exists", path, `open ${path}: it exists`);
      return new SimFile(this.#process, path, entry);
    }
    if (entry !== undefined) throw new DiskError("io", path, `open ${path}: it is a directory`);
    if (options.create !== true && options.exclusive !== true) throw notFound("open", path);
    this.#process.begin("names", "open", path);
    const content = new FileContent();
    content.modifiedMs = this.#world.wallMs();
    changeNames([parent, name, content]);
    return new SimFile(this.#process, path, content);
  }

  readFile(path: string): Uint8Array<ArrayBuffer> {
    this.#process.begin("read", "read", path);
    return this.#fileAt("read", path).view().slice();
  }

  async writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
    const content = bytes.slice();
    const earlier = this.#atomicWrites.get(path) ?? Promise.resolve();
    const mine = earlier.then(() => this.#replaceFile(path, content));
    const settled = mine.catch(() => {});
    this.#atomicWrites.set(path, settled);
    try {
      await mine;
    } finally {
      if (this.#atomicWrites.get(path) === settled) this.#atomicWrites.delete(path);
    }
  }

  async #replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}.tmp`;
    try {
      const file = this.open(temporary, { create: true });
      try {
        file.truncate(0);
        file.write(bytes, 0);
        await file.sync();
      } finally {
        file.close();
      }
      this.rename(temporary, path);
    } catch (error) {
      if (this.#world.life.alive) this.#discard(temporary);
      if (!(error instanceof DiskError)) throw error;
      throw new DiskError(error.code, path, `replace ${path}: ${error.message}`);
    }
    await this.syncDirectory(parentPath(path));
  }

  #discard(path: string): void {
    try {
      this.remove(path);
    } catch {
      // The error that made it useless says more.
    }
  }

  exists(path: string): boolean {
    return this.#medium.entryAt(path) !== undefined;
  }

  list(path: string): DirectoryEntry[] {
    this.#process.begin("read", "list", path);
    return this.#directoryAt("list", path).entries()
      .map(([name, entry]) => ({ name, isDirectory: entry instanceof Directory }));
  }

  fileSize(path: string): number {
    return this.#fileAt("stat", path).size;
  }

  modifiedMs(path: string): number {
    return Math.floor(this.#fileAt("stat", path).modifiedMs);
  }

  makeDirectory(path: string): void {
    this.#process.begin("names", "make directory", path);
    const names = path.split("/").filter((name) => name !== "");
    let parent = this.#medium.root;
    for (const name of names) {
      const entry = parent.get(name);
      if (entry instanceof FileContent) {
        throw new DiskError("not-a-directory", path, `make directory ${path}: a file is in its place`);
      }
      const next = entry ?? new Directory();
      if (entry === undefined) changeNames([parent, name, next]);
      parent = next;
    }
  }

  rename(from: string, to: string): void {
    this.#process.begin("names", `rename to ${to}`, from);
    const source = this.#medium.find(`rename to ${to}`, from);
    if (source.entry === undefined) throw notFound(`rename to ${to}`, from);
    const target = this.#medium.find(`rename to ${to}`, to);
    if (target.entry === source.entry) return;
    this.#onUnlinked(target);
    changeNames([source.parent, source.name, null], [target.parent, target.name, source.entry]);
  }

  remove(path: string): void {
    this.#process.begin("names", "remove", path);
    if (this.#medium.entryAt(path) === undefined) return;
    const place = this.#medium.find("remove", path);
    // A tree goes name by name, and a crash may come between.
    if (place.entry instanceof Directory) {
      for (const [name] of place.entry.entries()) this.remove(`${path}/${name}`);
    }
    this.#onUnlinked(place);
    changeNames([place.parent, place.name, null]);
  }

  async removeAside(path: string): Promise<void> {
    await this.#process.pause("sync", path);
    this.remove(path);
  }

  #onUnlinked({ entry }: Place): void {
    if (entry instanceof FileContent) this.#medium.usedBytes -= entry.size;
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#directoryAt("sync directory", path);
    const upTo = directory.changeCount;
    await this.#process.pause("sync", path);
    this.#process.begin("sync", "sync directory", path);
    directory.sync(upTo);
  }

  space(path: string): DiskSpace {
    if (!this.exists(path)) throw notFound("ask the space of", path);
    return { totalBytes: this.#medium.capacityBytes, freeBytes: this.#medium.freeBytes };
  }

  lockDirectory(path: string): DirectoryLock {
    const directory = this.#directoryAt("lock", path);
    const { life } = this.#world;
    const holder = this.#medium.lockHolder(directory);
    if (holder !== undefined) {
      throw new DiskError("locked", path, `lock ${path}: process ${holder.name} is using it`);
    }
    this.open(`${path}/.lock`, { create: true }).close();
    this.#medium.lock(directory, life);
    let released = false;
    return {
      release: () => {
        if (!released) this.#medium.unlock(directory, life);
        released = true;
      },
    };
  }

  #fileAt(action: string, path: string): FileContent {
    const { entry } = this.#medium.find(action, path);
    if (entry instanceof FileContent) return entry;
    throw notFound(action, path);
  }

  #directoryAt(action: string, path: string): Directory {
    const { entry } = this.#medium.find(action, path);
    if (entry instanceof Directory) return entry;
    if (entry === undefined) throw notFound(action, path);
    throw new DiskError("not-a-directory", path, `${action} ${path}: it is a file`);
  }
}

function notFound(action: string, path: string): DiskError {
  return new DiskError("not-found", path, `${action} ${path}: not found`);
}
