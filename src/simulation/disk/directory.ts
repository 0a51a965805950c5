/**
 * A directory: its names now and its names on the disk. Names are changed in the cache first; a sync of the directory
 * makes them durable, and a power cut keeps any number of the first of those that were not.
 */

import type { Prng } from "../../core/prng.ts";
import { FileContent } from "./file_content.ts";

/** A file or a directory, whatever its names are. */
export type Entry = FileContent | Directory;

/** One step that happens whole or not at all, in one directory or two. */
export interface NameChange {
  readonly parts: readonly (readonly [directory: Directory, name: string, entry: Entry | null])[];
  durable: boolean;
}

export class Directory {
  readonly #names = new Map<string, Entry>();
  readonly #durable = new Map<string, Entry>();
  #changes: NameChange[] = [];
  #firstChange = 0;

  get(name: string): Entry | undefined {
    return this.#names.get(name);
  }

  /** The entries by name, sorted. */
  entries(): [string, Entry][] {
    return [...this.#names].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  }

  /** What has a name here that a power cut would surely leave, sorted by name. */
  durableEntries(): [string, Entry][] {
    return [...this.#durable].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  }

  /** What a name stands for after a power cut, if that keeps nothing that it need not. */
  durable(name: string): Entry | undefined {
    return this.#durable.get(name);
  }

  get changeCount(): number {
    return this.#firstChange + this.#changes.length;
  }

  /** Makes everything up to change number `count` durable. */
  sync(count: number): void {
    const done = Math.max(0, count - this.#firstChange);
    for (const change of this.#changes.slice(0, done)) makeDurable(change);
    this.#changes = this.#changes.slice(done);
    this.#firstChange += done;
  }

  /** What is left of this directory and everything below it after a power cut. */
  powerCut(prng: Prng): void {
    const some = prng.below(this.#changes.length + 1);
    const survive = prng.pick([0, some, some, this.#changes.length]);
    this.sync(this.#firstChange + survive);
    for (const change of this.#changes) change.durable = true;
    this.#firstChange += this.#changes.length;
    this.#changes = [];
    this.#names.clear();
    for (const [name, entry] of this.#durable) this.#names.set(name, entry);
    for (const [, entry] of this.entries()) entry.powerCut(prng);
  }

  /** All files in this directory and below it, with their paths. */
  *files(path: string): Generator<[string, FileContent]> {
    for (const [name, entry] of this.entries()) {
      const below = `${path}/${name}`;
      if (entry instanceof FileContent) yield [below, entry];
      else yield* entry.files(below);
    }
  }

  /** Applies a part of a change to the names of now or of the disk. */
  set(name: string, entry: Entry | null, where: "now" | "disk"): void {
    const names = where === "now" ? this.#names : this.#durable;
    if (entry === null) names.delete(name);
    else names.set(name, entry);
  }

  note(change: NameChange): void {
    this.#changes.push(change);
  }
}

/** Changes names, in the cache for the time being. */
export function changeNames(...parts: NameChange["parts"]): void {
  const change: NameChange = { parts, durable: false };
  for (const [directory, name, entry] of parts) directory.set(name, entry, "now");
  for (const directory of new Set(parts.map(([each]) => each))) directory.note(change);
}

function makeDurable(change: NameChange): void {
  if (change.durable) return;
  change.durable = true;
  for (const [directory, name, entry] of change.parts) directory.set(name, entry, "disk");
}
