/**
 * The content of a file: what is read now, and what of it is not on the disk yet. A power cut takes back everything
 * that is not, and then some of it may have reached the disk after all: a prefix, the last write torn, or any of its
 * sectors in any order.
 */

import type { Prng } from "../../core/prng.ts";

/** A change that may be lost, with what it replaced. */
interface Change {
  /** Where bytes were written; the new size for a truncation. */
  readonly at: number;
  /** The bytes written; null for a truncation. */
  readonly bytes: Uint8Array | null;
  readonly sizeBefore: number;
  /** What was there, from `at` on. */
  readonly replaced: Uint8Array;
  /** The system has given up on it after a failed sync: no later sync will write it. */
  dropped: boolean;
}

/** What a power cut makes of the changes of a file. */
type Survival = "nothing" | "prefix" | "sectors";

const nothing = new Uint8Array(0);

export class FileContent {
  modifiedMs = 0;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #size = 0;
  #changes: Change[] = [];
  /** The number of the first of the changes, counted over the life of the file. */
  #firstChange = 0;

  get size(): number {
    return this.#size;
  }

  /** How many changes there ever were: {@link sync} takes it to say up to where. */
  get changeCount(): number {
    return this.#firstChange + this.#changes.length;
  }

  /** A view of what the file holds now. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#size);
  }

  read(target: Uint8Array, position: number): number {
    const part = this.#bytes.subarray(position, Math.min(this.#size, position + target.length));
    target.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, at: number): void {
    const sizeBefore = this.#size;
    const replaced = at < sizeBefore
      ? this.#bytes.slice(at, Math.min(sizeBefore, at + bytes.length))
      : nothing;
    this.#changes.push({ at, bytes: bytes.slice(), sizeBefore, replaced, dropped: false });
    this.#put(bytes, at);
  }

  truncate(size: number): void {
    const sizeBefore = this.#size;
    const replaced = size < sizeBefore ? this.#bytes.slice(size, sizeBefore) : nothing;
    this.#changes.push({ at: size, bytes: null, sizeBefore, replaced, dropped: false });
    this.#resize(size);
  }

  /** Whether all that the file holds is on the disk. */
  get isDurable(): boolean {
    return this.#changes.length === 0;
  }

  /** What a power cut would surely leave; a copy unless that is all. */
  durable(): Uint8Array {
    if (this.isDurable) return this.view();
    let bytes = this.view().slice();
    for (const { at, bytes: written, sizeBefore, replaced } of this.#changes.toReversed()) {
      const before = new Uint8Array(sizeBefore);
      before.set(bytes.subarray(0, Math.min(sizeBefore, bytes.length)));
      if (written !== null || replaced.length > 0) before.set(replaced, at);
      bytes = before;
    }
    return bytes;
  }

  /** Everything up to change number `count` is on the disk from now on. */
  sync(count: number): void {
    const done = Math.max(0, count - this.#firstChange);
    if (done === 0) return;
    const lost = this.#changes.slice(0, done).filter((change) => change.dropped);
    const rest = this.#changes.slice(done);
    // What the system has given up on stays on top of what is on the disk, unless it was written over.
    const covered = this.#changes.slice(0, done).filter((change) => !change.dropped);
    const kept = lost.filter((change) => !covered.some((other) => overlap(change, other)));
    this.#changes = [...kept, ...rest];
    this.#firstChange = count - kept.length;
  }

  /** A sync of everything up to change number `count` has failed, and the system forgets that it had to be written. */
  dropUnsynced(count: number): void {
    for (let index = 0; index < count - this.#firstChange; index++) this.#changes[index]!.dropped = true;
  }

  /** What is left after a power cut, all of it on the disk. */
  powerCut(prng: Prng): void {
    const changes = this.#changes;
    this.#changes = [];
    this.#firstChange += changes.length;
    for (let index = changes.length - 1; index >= 0; index--) this.#undo(changes[index]!);
    const written = changes.filter((change) => !change.dropped);
    const how: Survival = prng.pick(["nothing", "prefix", "prefix", "sectors"]);
    const sectorBytes = prng.pick([512, 4096]);
    if (how === "prefix") this.#redoPrefix(written, sectorBytes, prng);
    if (how === "sectors") this.#redoSectors(written, sectorBytes, prng);
  }

  #undo({ at, bytes, sizeBefore, replaced }: Change): void {
    if (bytes === null) this.#resize(sizeBefore);
    if (replaced.length > 0) this.#put(replaced, at);
    this.#resize(sizeBefore);
  }

  #redoPrefix(changes: readonly Change[], sectorBytes: number, prng: Prng): void {
    const whole = prng.below(changes.length + 1);
    for (const change of changes.slice(0, whole)) this.#redo(change);
    const torn = changes[whole];
    if (torn === undefined || torn.bytes === null) return;
    const sectors = Math.floor(prng.below(torn.bytes.length + 1) / sectorBytes);
    const end = (Math.floor(torn.at / sectorBytes) + sectors) * sectorBytes;
    // A file system that keeps its sizes by the byte can also end within a sector.
    const length = prng.chance(0.3) ? prng.below(torn.bytes.length + 1) : Math.max(0, end - torn.at);
    if (length > 0) this.#put(torn.bytes.subarray(0, length), torn.at);
  }

  #redoSectors(changes: readonly Change[], sectorBytes: number, prng: Prng): void {
    const survives = prng.pick([0.3, 0.7, 0.95]);
    for (const change of changes) {
      if (change.bytes === null) {
        if (prng.chance(survives)) this.#redo(change);
        continue;
      }
      const { at, bytes } = change;
      for (let from = 0; from < bytes.length;) {
        const to = Math.min(bytes.length, from + sectorBytes - ((at + from) % sectorBytes));
        if (prng.chance(survives)) this.#put(bytes.subarray(from, to), at + from);
        from = to;
      }
    }
  }

  #redo({ at, bytes }: Change): void {
    if (bytes === null) this.#resize(at);
    else this.#put(bytes, at);
  }

  #put(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length;
    if (end > this.#size) this.#resize(end);
    this.#bytes.set(bytes, at);
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2, 256));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}

function overlap(a: Change, b: Change): boolean {
  const endOf = ({ at, bytes, replaced }: Change) => at + Math.max(bytes?.length ?? 0, replaced.length);
  return a.at < endOf(b) && b.at < endOf(a);
}
