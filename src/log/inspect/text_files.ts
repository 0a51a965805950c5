/** The small files of text in a data directory, each as names and values. */

import { decodeUtf8 } from "../../core/bytes.ts";
import { DecodeError } from "../../core/errors.ts";
import { checkpointNumber, decodeCheckpoint } from "../checkpoint_file.ts";
import { decodePartitionMetadata } from "../partition_metadata.ts";
import type { FileKind } from "./file_kind.ts";

/** One entry of a text file. */
export type TextEntry = Readonly<Record<string, string | number | null>>;

/** The entries of a text file. Throws {@link DecodeError} when it is damaged. */
export function textEntries(kind: FileKind, bytes: Uint8Array): TextEntry[] {
  switch (kind) {
    case "offset-checkpoint":
      return decodeCheckpoint(bytes, 3).map(([topic, partition, offset]) => ({
        topic: topic!,
        partition: checkpointNumber(partition),
        offset: checkpointNumber(offset),
      }));
    case "epoch-checkpoint":
      return epochEntries(bytes);
    case "partition-metadata":
      return [{ version: 0, topicId: decodePartitionMetadata(bytes) }];
    case "meta-properties":
      return [properties(bytes)];
    default:
      return [json(bytes)];
  }
}

function epochEntries(bytes: Uint8Array): TextEntry[] {
  let before: { epoch: number; startOffset: number } | null = null;
  return decodeCheckpoint(bytes, 2).map(([epochText, offsetText]) => {
    const [epoch, startOffset] = [checkpointNumber(epochText), checkpointNumber(offsetText)];
    if (before !== null && (epoch <= before.epoch || startOffset <= before.startOffset)) {
      throw new DecodeError(
        `read checkpoint: epoch ${epoch} at offset ${startOffset} follows epoch ${before.epoch} at ` +
          `${before.startOffset}`,
      );
    }
    return before = { epoch, startOffset };
  });
}

/** Java's properties, as far as Kafka's own files use them. */
function properties(bytes: Uint8Array): TextEntry {
  const entries: Record<string, string> = {};
  for (const line of decodeUtf8(bytes, 0, bytes.length).split(/\r?\n/)) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const match = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(text);
    if (match === null) throw new DecodeError(`read properties: "${text.slice(0, 80)}", wanted NAME=VALUE`);
    entries[match[1]!] = match[2]!;
  }
  return entries;
}

function json(bytes: Uint8Array): TextEntry {
  const text = decodeUtf8(bytes, 0, bytes.length);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DecodeError(`read JSON: "${text.slice(0, 80)}"`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new DecodeError(`read JSON: "${text.slice(0, 80)}", wanted an object`);
  }
  return value as TextEntry;
}
