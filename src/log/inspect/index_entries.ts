/** The entries of index files, also of those that a broker has not closed or that are damaged. */

import { ByteReader } from "../../core/bytes.ts";
import { OFFSET_INDEX_ENTRY_BYTES } from "../offset_index.ts";
import { TIME_INDEX_ENTRY_BYTES } from "../time_index.ts";
import type { Damage } from "./segment_reader.ts";

/** The size of an entry of a transaction index. */
export const TXN_INDEX_ENTRY_BYTES = 34;

export interface OffsetIndexEntry {
  /** The last offset of the batch at {@link position}. */
  readonly offset: number;
  readonly position: number;
}

export interface TimeIndexEntry {
  /** Unix milliseconds: no record up to {@link offset} is later. */
  readonly timestamp: number;
  readonly offset: number;
}

/** A transaction that was aborted, as `.txnindex` keeps it (KIP-98). */
export interface TxnIndexEntry {
  readonly producerId: number;
  readonly firstOffset: number;
  /** The offset of the marker that ends it. */
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

/** The entries of an index file. */
export interface IndexEntries<Entry> {
  readonly entries: readonly Entry[];
  /** The first thing that is wrong; what is behind it is left out. */
  readonly damage: Damage | null;
  /** Zeros at the end: room that a running broker, or one that has crashed, made for more entries. */
  readonly unusedBytes: number;
}

interface Layout<Entry> {
  readonly entryBytes: number;
  /** Throws DecodeError. */
  read(reader: ByteReader): Entry;
  /** What is wrong with an entry; `before` is the one before it. */
  check(entry: Entry, before: Entry | undefined): string | null;
}

function read<Entry>(bytes: Uint8Array, layout: Layout<Entry>): IndexEntries<Entry> {
  const { entryBytes } = layout;
  const used = usedBytes(bytes, entryBytes);
  const unusedBytes = bytes.length - used;
  const entries: Entry[] = [];
  for (let position = 0; position < used; position += entryBytes) {
    const damaged = (what: string) => ({ entries, unusedBytes, damage: { position, what } });
    if (used - position < entryBytes) return damaged(`a torn entry of ${used - position} bytes`);
    let entry: Entry;
    try {
      entry = layout.read(new ByteReader(bytes, position, position + entryBytes));
    } catch {
      return damaged("a number in an entry is out of range");
    }
    const what = layout.check(entry, entries.at(-1));
    if (what !== null) return damaged(what);
    entries.push(entry);
  }
  return { entries, unusedBytes, damage: null };
}

/** Where the zeros at the end begin, at the bounds of an entry. A lone entry of zeros is one. */
function usedBytes(bytes: Uint8Array, entryBytes: number): number {
  if (bytes.length <= entryBytes) return bytes.length;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  if (end === bytes.length) return end;
  return Math.min(bytes.length, Math.ceil(end / entryBytes) * entryBytes);
}

/** Reads `.index`. */
export function offsetIndexEntries(bytes: Uint8Array, baseOffset: number): IndexEntries<OffsetIndexEntry> {
  return read(bytes, {
    entryBytes: OFFSET_INDEX_ENTRY_BYTES,
    read: (reader) => ({ offset: baseOffset + reader.readInt32(), position: reader.readInt32() }),
    check: ({ offset, position }, before) => {
      if (offset < baseOffset) return `offset ${offset} lies before the segment`;
      if (position < 0) return `position ${position}`;
      if (before === undefined) return null;
      if (offset <= before.offset) return `offset ${offset} follows ${before.offset}`;
      return position <= before.position ? `position ${position} follows ${before.position}` : null;
    },
  });
}

/** Reads `.timeindex`. */
export function timeIndexEntries(bytes: Uint8Array, baseOffset: number): IndexEntries<TimeIndexEntry> {
  return read(bytes, {
    entryBytes: TIME_INDEX_ENTRY_BYTES,
    read: (reader) => ({ timestamp: reader.readInt64(), offset: baseOffset + reader.readInt32() }),
    check: ({ timestamp, offset }, before) => {
      if (offset < baseOffset) return `offset ${offset} lies before the segment`;
      if (before === undefined) return null;
      if (timestamp <= before.timestamp) return `timestamp ${timestamp} follows ${before.timestamp}`;
      return offset < before.offset ? `offset ${offset} follows ${before.offset}` : null;
    },
  });
}

/** Reads `.txnindex`, which ends where the file does: nothing makes room in it. */
export function txnIndexEntries(bytes: Uint8Array): IndexEntries<TxnIndexEntry> {
  return read(bytes, {
    entryBytes: TXN_INDEX_ENTRY_BYTES,
    read: (reader) => {
      const version = reader.readInt16();
      const [producerId, firstOffset] = [reader.readInt64(), reader.readInt64()];
      return {
        version,
        producerId,
        firstOffset,
        lastOffset: reader.readInt64(),
        lastStableOffset: reader.readInt64(),
      };
    },
    check: ({ version, firstOffset, lastOffset }, before) => {
      if (version !== 0) return `version ${version}, wanted 0`;
      if (firstOffset < 0 || lastOffset < firstOffset) return `offsets ${firstOffset} to ${lastOffset}`;
      return before !== undefined && lastOffset <= before.lastOffset
        ? `last offset ${lastOffset} follows ${before.lastOffset}`
        : null;
    },
  });
}
