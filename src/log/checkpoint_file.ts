/**
 * Kafka's checkpoint files: lines of text, first the version (0), then the number of entries, then one entry per
 * line. They are replaced atomically, so that a crash leaves the old or the new content.
 */

import { encodeUtf8 } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import { type Disk, DiskError } from "../platform/disk.ts";

const VERSION = "0";

/** The content of a checkpoint file with these entries. */
export function encodeCheckpoint(entries: readonly string[]): Uint8Array {
  return encodeUtf8([VERSION, String(entries.length), ...entries, ""].join("\n"));
}

/**
 * The entries in the content of a checkpoint file, split at spaces. Throws {@link DecodeError}. Kafka makes its
 * checkpoint files empty, before there is anything to write.
 */
export function decodeCheckpoint(bytes: Uint8Array, fieldsPerEntry: number): string[][] {
  if (bytes.length === 0) return [];
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (lines[0]?.trim() !== VERSION) {
    throw new DecodeError(`read checkpoint: version "${lines[0]?.slice(0, 40)}", wanted ${VERSION}`);
  }
  const count = checkpointNumber(lines[1]?.trim());
  const entries: string[][] = [];
  for (const line of lines.slice(2)) {
    if (line.trim() === "") continue;
    const fields = line.trim().split(/\s+/);
    if (fields.length !== fieldsPerEntry) {
      throw new DecodeError(`read checkpoint: "${line.slice(0, 80)}", wanted ${fieldsPerEntry} fields`);
    }
    entries.push(fields);
  }
  if (entries.length !== count) {
    throw new DecodeError(`read checkpoint: ${entries.length} entries, wanted ${count}`);
  }
  return entries;
}

/** A non-negative whole number in a checkpoint. Throws {@link DecodeError}. */
export function checkpointNumber(text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new DecodeError(`read checkpoint: "${text}" is not a number in range`);
  }
  return value;
}

/** Offsets by the name of the partition's directory (`topic-partition`). */
export type OffsetsByPartition = Map<string, number>;

/**
 * Reads a checkpoint of offsets per partition (`topic partition offset`). A missing file gives no entries; a
 * damaged one throws {@link DecodeError}.
 */
export function readOffsetCheckpoint(disk: Disk, path: string): OffsetsByPartition {
  const offsets: OffsetsByPartition = new Map();
  const bytes = readIfPresent(disk, path);
  if (bytes === null) return offsets;
  for (const [topic, partition, offset] of decodeCheckpoint(bytes, 3)) {
    offsets.set(`${topic}-${checkpointNumber(partition)}`, checkpointNumber(offset));
  }
  return offsets;
}

/** Replaces a checkpoint of offsets per partition; resolves when it is durable. */
export function writeOffsetCheckpoint(disk: Disk, path: string, offsets: OffsetsByPartition): Promise<void> {
  const entries: string[] = [];
  for (const [name, offset] of offsets) {
    const dash = name.lastIndexOf("-");
    entries.push(`${name.slice(0, dash)} ${name.slice(dash + 1)} ${offset}`);
  }
  return disk.writeFileAtomic(path, encodeCheckpoint(entries));
}

/** The content of a small file, or null when it is absent. */
export function readIfPresent(disk: Disk, path: string): Uint8Array | null {
  try {
    return disk.readFile(path);
  } catch (error) {
    if (error instanceof DiskError && error.code === "not-found") return null;
    throw error;
  }
}
