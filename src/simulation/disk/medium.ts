/** The disk of a machine: what outlives its processes, and some of it its power. */

import type { Prng } from "../../core/prng.ts";
import { DiskError } from "../../platform/disk.ts";
import type { Life } from "../life.ts";
import { Directory, type Entry } from "./directory.ts";
import { FileContent } from "./file_content.ts";

/** Where a path leads. */
export interface Place {
  readonly parent: Directory;
  readonly name: string;
  readonly entry: Entry | undefined;
}

export class Medium {
  root = new Directory();
  /** How much fits, in bytes. */
  capacityBytes: number;
  /** The bytes of all files that have a name. */
  usedBytes = 0;
  readonly #locks = new Map<Directory, Life>();

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.usedBytes);
  }

  /** What is at `path`, if there is anything. */
  entryAt(path: string): Entry | undefined {
    let entry: Entry | undefined = this.root;
    for (const name of namesOf(path)) {
      if (!(entry instanceof Directory)) return undefined;
      entry = entry.get(name);
    }
    return entry;
  }

  /** Follows `path`; the last name need not exist. Throws DiskError of `action` when a parent does not. */
  find(action: string, path: string): Place {
    const names = namesOf(path);
    const name = names.at(-1) ?? "";
    if (name === "") return { parent: this.root, name, entry: this.root };
    let parent = this.root;
    for (let index = 0; index < names.length - 1; index++) {
      const each = names[index]!;
      const entry = parent.get(each);
      if (entry === undefined) throw new DiskError("not-found", path, `${action} ${path}: not found`);
      if (entry instanceof FileContent) {
        throw new DiskError("not-a-directory", path, `${action} ${path}: ${each} is not a directory`);
      }
      parent = entry;
    }
    return { parent, name, entry: parent.get(name) };
  }

  /** Who holds the lock of a directory, if that process still runs. */
  lockHolder(directory: Directory): Life | undefined {
    const holder = this.#locks.get(directory);
    return holder?.alive === true ? holder : undefined;
  }

  lock(directory: Directory, holder: Life): void {
    this.#locks.set(directory, holder);
  }

  unlock(directory: Directory, holder: Life): void {
    if (this.#locks.get(directory) === holder) this.#locks.delete(directory);
  }

  /** A new disk is put in the place of this one. */
  wipe(): void {
    this.root = new Directory();
    this.usedBytes = 0;
  }

  /** Everything that was not synced may be gone, or torn. */
  powerCut(prng: Prng): void {
    this.root.powerCut(prng);
    this.usedBytes = 0;
    for (const [, file] of this.root.files("")) this.usedBytes += file.size;
  }
}

/** Paths are few and asked for again and again. */
const knownNames = new Map<string, readonly string[]>();
const MAX_KNOWN = 10_000;

/** The names in a path, without those that stand for the directory itself. */
function namesOf(path: string): readonly string[] {
  let names = knownNames.get(path);
  if (names === undefined) {
    names = path.split("/").filter((name) => name !== "" && name !== ".");
    if (knownNames.size >= MAX_KNOWN) knownNames.clear();
    knownNames.set(path, names);
  }
  return names;
}
