/** `partition.metadata`, which binds a partition's directory to the id of its topic (KIP-516). */

import { encodeUtf8 } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import type { Uuid } from "../core/ids.ts";
import { parseUuid } from "../core/uuid.ts";

/** The content of the file. */
export function encodePartitionMetadata(topicId: Uuid): Uint8Array {
  return encodeUtf8(`version: 0\ntopic_id: ${topicId}`);
}

/** The topic id in the content of the file. Throws {@link DecodeError} when it is damaged. */
export function decodePartitionMetadata(bytes: Uint8Array): Uuid {
  const text = new TextDecoder().decode(bytes);
  const match = /^version: 0\s*\ntopic_id: (\S+)\s*$/.exec(text);
  if (match === null) {
    throw new DecodeError(`read partition.metadata "${text.slice(0, 80)}": wanted version 0 and a topic id`);
  }
  return parseUuid(match[1]!);
}
