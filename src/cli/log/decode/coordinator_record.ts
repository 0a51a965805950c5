/** The form that the records of all coordinators have: a key that says its type, and a versioned value. */

import { ByteReader } from "../../../core/bytes.ts";
import { DecodeError } from "../../../core/errors.ts";
import { codecOf } from "../../../protocol/codec.ts";
import type { Message } from "../../../protocol/schema.ts";
import { inRange } from "../../../protocol/versions.ts";

/** What a record means. */
export interface Decoded {
  /** Kafka's name for this kind of record. */
  readonly type: string;
  /** The version of the value, of the record as a whole in the metadata log; undefined for a tombstone. */
  readonly version?: number;
  readonly key?: unknown;
  /** Null for a tombstone. */
  readonly value?: unknown;
}

/** The declarations of a key and of the value that goes with it. */
export type KeyAndValue = readonly [key: Message, value: Message];

/**
 * Reads a record of a coordinator: an int16 that says which of `kinds` it is, then the key; an int16 version, then
 * the value. Throws {@link DecodeError}.
 */
export function decodeCoordinatorRecord(
  kinds: Readonly<Record<number, KeyAndValue>>,
  key: Uint8Array | null,
  value: Uint8Array | null,
): Decoded {
  if (key === null) throw new DecodeError("its key is null");
  const reader = new ByteReader(key);
  const number = reader.readInt16();
  const kind = kinds[number];
  if (kind === undefined) throw new DecodeError(`type ${number} of its key is unknown`);
  const [keyMessage, valueMessage] = kind;
  const type = keyMessage.name.replace(/Key$/, "");
  // The prefix of a key says which record it is; each key has one layout.
  const decodedKey = codecOf(keyMessage, keyMessage.versions.min).decode(reader);
  checkEnd(reader, keyMessage.name);
  if (value === null) return { type, key: decodedKey, value: null };
  const { version, data } = decodeVersioned(valueMessage, value);
  return { type, version, key: decodedKey, value: data };
}

/** Reads an int16 version and then a message of that version. Throws {@link DecodeError}. */
export function decodeVersioned(
  message: Message,
  bytes: Uint8Array,
): { readonly version: number; readonly data: Record<string, unknown> } {
  const reader = new ByteReader(bytes);
  const version = reader.readInt16();
  if (!inRange(version, message.versions)) throw new DecodeError(`${message.name} has no version ${version}`);
  const data = codecOf(message, version).decode(reader) as Record<string, unknown>;
  checkEnd(reader, message.name);
  return { version, data };
}

function checkEnd(reader: ByteReader, name: string): void {
  if (reader.remaining > 0) throw new DecodeError(`${name} has ${reader.remaining} bytes too many`);
}
