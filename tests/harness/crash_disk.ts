/**
 * A disk in memory that forgets what was not synced. After {@link CrashDisk.crash} a file holds what was synced and
 * any part of what was written since: all of it, none, or some sectors of it with others missing; names that were
 * created, moved or removed and not synced may be as they were before. A program that "crashes" on an ordinary disk
 * loses nothing, and so proves nothing about its syncs.
 */

import {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
} from "../../src/platform/disk.ts";

const SECTOR_BYTES = 512;

/** A source of chance in [0, 1). */
export type Chance = () => number;

/** A change of a file that was not synced yet. */
type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly truncateTo: number };

/** The content of a file, whatever its names. */
class Inode {
  /** What is read now. */
  bytes: Uint8Array = new Uint8Array(0);
  size = 0;
  /** What a crash cannot take back. */
  durable: Uint8Array = new Uint8Array(0);
  changes: Change[] = [];

  write(bytes: Uint8Array, at: number): void {
    this.#reserve(at + bytes.length);
    this.bytes.set(bytes, at);
    this.size = Math.max(this.size, at + bytes.length);
    this.changes.push({ at, bytes: bytes.slice() });
  }

  truncate(size: number): void {
    this.#reserve(size);
    this.bytes.fill(0, Math.min(size, this.size));
    this.size = size;
    this.changes.push({ truncateTo: size });
  }

  #reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(size, this.bytes.length * 2, 256));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  sync(): void {
    if (this.changes.length === 0) return;
    this.durable = this.bytes.slice(0, this.size);
    this.changes = [];
  }

  /** What a crash leaves. */
  afterCrash(chance: Chance): Inode {
    const survivor = new Inode();
    survivor.#replace(this.durable);
    const mode = chance();
    for (const change of this.changes) {
      if (mode < 0.2) break;
      // Most often a prefix of the changes reaches the disk; sometimes any subset of their sectors.
      if (mode < 0.6 && chance() < 1 / (this.changes.length + 1)) break;
      if ("truncateTo" in change) {
        if (mode < 0.9 || chance() < 0.5) survivor.truncate(change.truncateTo);
        continue;
      }
      survivor.#writeTorn(change.at, change.bytes, mode < 0.6 ? 0 : mode < 0.8 ? 0.2 : 0.6, chance);
    }
    if (mode >= 0.2 && mode < 0.6 && chance() < 0.5) {
      // The last write itself is torn at any byte.
      survivor.truncate(Math.max(this.durable.length, Math.floor(survivor.size * (0.5 + chance() / 2))));
    }
    survivor.#replace(survivor.bytes.slice(0, survivor.size));
    return survivor;
  }

  #replace(content: Uint8Array): void {
    this.bytes = content.slice();
    this.size = content.length;
    this.durable = content.slice();
    this.changes = [];
  }

  #writeTorn(at: number, bytes: Uint8Array, lossRate: number, chance: Chance): void {
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES));
      if (chance() >= lossRate) this.write(bytes.subarray(from, to), at + from);
      from = to;
    }
  }
}

type Node = Inode | "directory";

/** A change of names that its directory's sync has not made durable; a rename changes two at once. */
interface NameChange {
  readonly directory: string;
  readonly names: readonly (readonly [path: string, node: Node | null])[];
}

function applyNames(nodes: Map<string, Node>, names: NameChange["names"]): void {
  for (const [path, node] of names) {
    if (node === null) nodes.delete(path);
    else nodes.set(path, node);
  }
}

function parentOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

class CrashFile implements DiskFile {
  readonly path: string;
  readonly #disk: CrashDisk;
  readonly #inode: Inode;
  #closed = false;

  constructor(disk: CrashDisk, path: string, inode: Inode) {
    this.#disk = disk;
    this.path = path;
    this.#inode = inode;
  }

  get size(): number {
    return this.#inode.size;
  }

  #begin(operation: Operation): void {
    if (this.#closed) throw new DiskError("io", this.path, `${operation} ${this.path}: the file is closed`);
    this.#disk.begin(operation, this.path);
  }

  write(bytes: Uint8Array, position: number): void {
    this.#begin("write");
    const growth = Math.max(0, position + bytes.length - this.#inode.size);
    if (growth > this.#disk.freeBytes) {
      throw new DiskError("no-space", this.path, `write ${this.path}: no space`);
    }
    this.#disk.freeBytes -= growth;
    this.#inode.write(bytes, position);
  }

  readNow(target: Uint8Array, position: number): number {
    this.#begin("read");
    const part = this.#inode.bytes.subarray(position, Math.min(this.#inode.size, position + target.length));
    target.set(part);
    return part.length;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    await Promise.resolve();
    return this.readNow(target, position);
  }

  truncate(size: number): void {
    this.#begin("truncate");
    this.#disk.freeBytes += this.#inode.size - size;
    this.#inode.truncate(size);
  }

  async shrink(size: number): Promise<void> {
    await this.#disk.pause();
    this.truncate(size);
  }

  async sync(): Promise<void> {
    this.#begin("sync");
    // What is written while the sync is under way is not part of it.
    const changes = this.#inode.changes.length;
    await this.#disk.pause();
    if (this.#disk.crashed) return await new Promise(() => {});
    this.#disk.begin("sync", this.path);
    if (this.#inode.changes.length === changes) this.#inode.sync();
    else this.#syncPart(changes);
  }

  #syncPart(count: number): void {
    const inode = this.#inode;
    const later = inode.changes.slice(count);
    const now = new Inode();
    now.write(inode.durable, 0);
    for (const change of inode.changes.slice(0, count)) {
      if ("truncateTo" in change) now.truncate(change.truncateTo);
      else now.write(change.bytes, change.at);
    }
    inode.durable = now.bytes.slice(0, now.size);
    inode.changes = later;
  }

  close(): void {
    this.#closed = true;
  }
}

export type Operation =
  | "open"
  | "write"
  | "read"
  | "truncate"
  | "sync"
  | "rename"
  | "remove"
  | "sync directory";

export class CrashDisk implements Disk {
  /** What is still to be had; writes beyond it fail with "no-space". */
  freeBytes = Infinity;
  /** Called before each operation; may throw a DiskError in its place. */
  onOperation: (operation: Operation, path: string) => void = () => {};
  /** When all files were last written, as they say. */
  modifiedAtMs = Number.MAX_SAFE_INTEGER;
  /** How a sync takes its time: whatever else is ready to run does so meanwhile. */
  pause: () => Promise<void> = () => Promise.resolve();
  /** False when a crash may lose any of the changes of names, and not only the last ones: journals keep their order. */
  keepsNamesInOrder = true;
  crashed = false;
  #nodes = new Map<string, Node>([["/", "directory"]]);
  #durableNodes = new Map<string, Node>([["/", "directory"]]);
  #nameChanges: NameChange[] = [];
  readonly #locks = new Set<string>();

  begin(operation: Operation, path: string): void {
    if (this.crashed) throw new DiskError("io", path, `${operation} ${path}: the machine has crashed`);
    this.onOperation(operation, path);
  }

  /** Ends this disk and returns what a machine would find after it has crashed now. */
  crash(chance: Chance): CrashDisk {
    this.crashed = true;
    const next = new CrashDisk();
    const nodes = new Map(this.#durableNodes);
    // Changes of names reach the disk in order, but each directory for itself.
    const lost = new Set<string>();
    for (const { directory, names } of this.#nameChanges) {
      if (this.keepsNamesInOrder && lost.has(directory)) continue;
      if (chance() < (this.keepsNamesInOrder ? 0.3 : 0.5)) lost.add(directory);
      else applyNames(nodes, names);
    }
    const survivors = new Map<Inode, Inode>();
    for (const [path, node] of [...nodes].sort(([a], [b]) => a < b ? -1 : 1)) {
      // A file whose directory was lost is lost with it.
      if (path !== "/" && !next.#nodes.has(parentOf(path))) continue;
      let survivor: Node = node;
      if (node !== "directory") {
        survivor = survivors.get(node) ?? node.afterCrash(chance);
        survivors.set(node, survivor as Inode);
      }
      next.#nodes.set(path, survivor);
    }
    next.#durableNodes = new Map(next.#nodes);
    return next;
  }

  /**
   * The same disk for the next process, after this one was killed on a machine that goes on. What was not synced is
   * still there, and may still be lost.
   */
  afterKill(): CrashDisk {
    this.crashed = true;
    const next = new CrashDisk();
    next.#nodes = this.#nodes;
    next.#durableNodes = this.#durableNodes;
    next.#nameChanges = this.#nameChanges;
    return next;
  }

  #setNames(...names: NameChange["names"]): void {
    if (names.length === 0) return;
    applyNames(this.#nodes, names);
    this.#nameChanges.push({ directory: parentOf(names[0]![0]), names });
  }

  #missing(action: string, path: string): DiskError {
    return new DiskError("not-found", path, `${action} ${path}: not found`);
  }

  #inode(action: string, path: string): Inode {
    const node = this.#nodes.get(path);
    if (node === undefined || node === "directory") throw this.#missing(action, path);
    return node;
  }

  open(path: string, options: { readonly create?: boolean; readonly exclusive?: boolean } = {}): DiskFile {
    this.begin("open", path);
    if (this.#nodes.get(parentOf(path)) !== "directory") throw this.#missing("open", path);
    if (options.exclusive === true && this.#nodes.has(path)) {
      throw new DiskError("exists", path, `open ${path}: exists`);
    }
    if (!this.#nodes.has(path) && (options.create === true || options.exclusive === true)) {
      this.#setNames([path, new Inode()]);
    }
    return new CrashFile(this, path, this.#inode("open", path));
  }

  readFile(path: string): Uint8Array<ArrayBuffer> {
    this.begin("read", path);
    const { bytes, size } = this.#inode("read", path);
    return new Uint8Array(bytes.subarray(0, size));
  }

  async writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${path}.tmp`;
    const file = this.open(temporary, { create: true });
    file.truncate(0);
    file.write(bytes, 0);
    await file.sync();
    file.close();
    this.rename(temporary, path);
    await this.syncDirectory(parentOf(path));
  }

  exists(path: string): boolean {
    return this.#nodes.has(path);
  }

  list(path: string): DirectoryEntry[] {
    if (this.#nodes.get(path) !== "directory") throw this.#missing("list", path);
    const entries: DirectoryEntry[] = [];
    for (const [each, node] of this.#nodes) {
      if (each !== "/" && parentOf(each) === path) {
        entries.push({ name: each.slice(each.lastIndexOf("/") + 1), isDirectory: node === "directory" });
      }
    }
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  fileSize(path: string): number {
    return this.#inode("stat", path).size;
  }

  modifiedMs(path: string): number {
    this.#inode("stat", path);
    return this.modifiedAtMs;
  }

  makeDirectory(path: string): void {
    if (this.#nodes.has(path)) return;
    this.makeDirectory(parentOf(path));
    this.#setNames([path, "directory"]);
  }

  rename(from: string, to: string): void {
    this.begin("rename", from);
    if (!this.#nodes.has(from)) throw this.#missing("rename", from);
    const names: (readonly [string, Node | null])[] = [];
    for (const [path, node] of this.#nodes) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      names.push([to + path.slice(from.length), node], [path, null]);
    }
    this.#setNames(...names);
  }

  remove(path: string): void {
    this.begin("remove", path);
    for (const [each, node] of [...this.#nodes]) {
      if (each !== path && !each.startsWith(`${path}/`)) continue;
      if (node !== "directory") this.freeBytes += node.size;
      this.#setNames([each, null]);
    }
  }

  async removeAside(path: string): Promise<void> {
    await this.pause();
    this.remove(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.begin("sync directory", path);
    const count = this.#nameChanges.length;
    await this.pause();
    if (this.crashed) return await new Promise(() => {});
    const kept = this.#nameChanges.filter((change, index) => {
      if (index >= count || change.directory !== path) return true;
      applyNames(this.#durableNodes, change.names);
      return false;
    });
    this.#nameChanges.splice(0, this.#nameChanges.length, ...kept);
  }

  space(_path: string): { totalBytes: number; freeBytes: number } {
    return { totalBytes: 2 ** 40, freeBytes: Math.min(this.freeBytes, 2 ** 40) };
  }

  lockDirectory(path: string): DirectoryLock {
    if (this.#locks.has(path)) {
      throw new DiskError("locked", path, `lock ${path}: another process is using it`);
    }
    this.#locks.add(path);
    return { release: () => void this.#locks.delete(path) };
  }
}
