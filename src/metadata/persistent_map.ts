/**
 * An immutable map whose changes share everything that did not change: a hash array mapped trie. An image of ten
 * thousand topics gives the next image by copying a handful of small nodes.
 *
 * A series of changes goes through {@link MapEditor}, which copies every node at most once.
 */

const BITS = 5;
const MASK = 31;
/** Below this depth hashes are used up and entries share one node. */
const MAX_SHIFT = 30;

type Key = string | number;

/** Marks the nodes that one editor made, and so may change in place. */
type Owner = object | null;

interface Entry<K, V> {
  readonly key: K;
  readonly hash: number;
  readonly value: V;
}

/** Slots in the order of their bits in `bitmap`: entries or deeper nodes. */
class Branch<K, V> {
  readonly owner: Owner;
  bitmap: number;
  slots: Slot<K, V>[];

  constructor(owner: Owner, bitmap: number, slots: Slot<K, V>[]) {
    this.owner = owner;
    this.bitmap = bitmap;
    this.slots = slots;
  }
}

/** Entries whose hashes are the same in all bits: only below the deepest branches. */
class Collision<K, V> {
  readonly entries: readonly Entry<K, V>[];

  constructor(entries: readonly Entry<K, V>[]) {
    this.entries = entries;
  }
}

type Slot<K, V> = Entry<K, V> | Branch<K, V> | Collision<K, V>;

function hashOf(key: Key): number {
  if (typeof key === "number") return Math.imul(key ^ (key >>> 15), 0x85ebca6b) >>> 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}

function popCount(bits: number): number {
  let rest = bits - ((bits >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** An immutable map. Iteration follows no order that anyone may rely on, but the same one for the same content. */
export class PersistentMap<K extends Key, V> {
  readonly #root: Branch<K, V>;
  readonly size: number;

  private constructor(root: Branch<K, V>, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<K extends Key, V>(): PersistentMap<K, V> {
    return new PersistentMap<K, V>(new Branch<K, V>(null, 0, []), 0);
  }

  static of<K extends Key, V>(entries: Iterable<readonly [K, V]>): PersistentMap<K, V> {
    const editor = PersistentMap.empty<K, V>().edit();
    for (const [key, value] of entries) editor.set(key, value);
    return editor.build();
  }

  get(key: K): V | undefined {
    return find(this.#root, key)?.value;
  }

  has(key: K): boolean {
    return find(this.#root, key) !== undefined;
  }

  /** This map with one more or one other value. */
  with(key: K, value: V): PersistentMap<K, V> {
    return this.edit().set(key, value).build();
  }

  without(key: K): PersistentMap<K, V> {
    return this.edit().delete(key).build();
  }

  /** Begins a series of changes; this map stays as it is. */
  edit(): MapEditor<K, V> {
    return new MapEditor(this, this.#root, this.size, (root, size) => new PersistentMap(root, size));
  }

  *entries(): Generator<[K, V]> {
    for (const entry of walk(this.#root)) yield [entry.key, entry.value];
  }

  *keys(): Generator<K> {
    for (const entry of walk(this.#root)) yield entry.key;
  }

  *values(): Generator<V> {
    for (const entry of walk(this.#root)) yield entry.value;
  }

  [Symbol.iterator](): Generator<[K, V]> {
    return this.entries();
  }
}

/** Changes of a map that have not become a map yet. Reads see them. */
export class MapEditor<K extends Key, V> {
  readonly #make: (root: Branch<K, V>, size: number) => PersistentMap<K, V>;
  #built: PersistentMap<K, V>;
  #changed = false;
  #owner: Owner = {};
  #root: Branch<K, V>;
  #size: number;

  constructor(
    from: PersistentMap<K, V>,
    root: Branch<K, V>,
    size: number,
    make: (root: Branch<K, V>, size: number) => PersistentMap<K, V>,
  ) {
    this.#built = from;
    this.#root = root;
    this.#size = size;
    this.#make = make;
  }

  get(key: K): V | undefined {
    return find(this.#root, key)?.value;
  }

  set(key: K, value: V): this {
    const entry = { key, hash: hashOf(key), value };
    this.#changed = true;
    if (find(this.#root, key) === undefined) this.#size++;
    this.#root = put(this.#root, entry, 0, this.#owner);
    return this;
  }

  delete(key: K): this {
    if (find(this.#root, key) === undefined) return this;
    this.#size--;
    this.#changed = true;
    this.#root = remove(this.#root, key, hashOf(key), 0, this.#owner);
    return this;
  }

  /** The map as it is now. The editor may go on; what it built stays as it is. */
  build(): PersistentMap<K, V> {
    if (!this.#changed) return this.#built;
    this.#changed = false;
    this.#owner = {};
    this.#built = this.#make(this.#root, this.#size);
    return this.#built;
  }
}

function find<K extends Key, V>(root: Branch<K, V>, key: K): Entry<K, V> | undefined {
  const hash = hashOf(key);
  let node = root;
  for (let shift = 0;; shift += BITS) {
    const bit = bitAt(hash, shift);
    if ((node.bitmap & bit) === 0) return undefined;
    const slot = node.slots[popCount(node.bitmap & (bit - 1))]!;
    if (slot instanceof Branch) node = slot;
    else if (slot instanceof Collision) return slot.entries.find((entry) => entry.key === key);
    else return slot.key === key ? slot : undefined;
  }
}

function bitAt(hash: number, shift: number): number {
  return 1 << ((hash >>> shift) & MASK);
}

/** The same node for its owner, a copy for everybody else. */
function own<K, V>(node: Branch<K, V>, owner: Owner): Branch<K, V> {
  return node.owner === owner ? node : new Branch(owner, node.bitmap, node.slots.slice());
}

function put<K extends Key, V>(
  node: Branch<K, V>,
  entry: Entry<K, V>,
  shift: number,
  owner: Owner,
): Branch<K, V> {
  const bit = bitAt(entry.hash, shift);
  const at = popCount(node.bitmap & (bit - 1));
  const mine = own(node, owner);
  if ((node.bitmap & bit) === 0) {
    mine.bitmap |= bit;
    mine.slots.splice(at, 0, entry);
    return mine;
  }
  const slot = mine.slots[at]!;
  if (slot instanceof Branch) mine.slots[at] = put(slot, entry, shift + BITS, owner);
  else if (slot instanceof Collision) {
    mine.slots[at] = new Collision([...slot.entries.filter((other) => other.key !== entry.key), entry]);
  } else mine.slots[at] = slot.key === entry.key ? entry : split(slot, entry, shift + BITS, owner);
  return mine;
}

/** A node for two entries that met in one slot. */
function split<K extends Key, V>(
  first: Entry<K, V>,
  second: Entry<K, V>,
  shift: number,
  owner: Owner,
): Slot<K, V> {
  if (shift > MAX_SHIFT) return new Collision([first, second]);
  return put(put(new Branch<K, V>(owner, 0, []), first, shift, owner), second, shift, owner);
}

/** Removes a key that is there. */
function remove<K extends Key, V>(
  node: Branch<K, V>,
  key: K,
  hash: number,
  shift: number,
  owner: Owner,
): Branch<K, V> {
  const bit = bitAt(hash, shift);
  const at = popCount(node.bitmap & (bit - 1));
  const mine = own(node, owner);
  const rest = without(mine.slots[at]!, key, hash, shift, owner);
  if (rest === null) {
    mine.bitmap &= ~bit;
    mine.slots.splice(at, 1);
  } else mine.slots[at] = rest;
  return mine;
}

/** What remains of a slot without `key`: null for nothing, and an entry alone without a node around it. */
function without<K extends Key, V>(
  slot: Slot<K, V>,
  key: K,
  hash: number,
  shift: number,
  owner: Owner,
): Slot<K, V> | null {
  if (slot instanceof Branch) {
    const deeper = remove(slot, key, hash, shift + BITS, owner);
    const only = deeper.slots.length === 1 ? deeper.slots[0]! : undefined;
    return only === undefined || only instanceof Branch || only instanceof Collision ? deeper : only;
  }
  if (!(slot instanceof Collision)) return null;
  const entries = slot.entries.filter((entry) => entry.key !== key);
  return entries.length === 1 ? entries[0]! : new Collision(entries);
}

function* walk<K, V>(node: Branch<K, V>): Generator<Entry<K, V>> {
  for (const slot of node.slots) {
    if (slot instanceof Branch) yield* walk(slot);
    else if (slot instanceof Collision) yield* slot.entries;
    else yield slot;
  }
}
