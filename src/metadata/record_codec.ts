/**
 * The framing of metadata records inside a record value (KIP-631): unsigned varint 1, the record's type and its
 * version as unsigned varints, then the body.
 */

import { assert } from "../core/assert.ts";
import { ByteReader, ByteWriter } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import { codecOf } from "../protocol/codec.ts";
import type { Decoded, Encodable, Message } from "../protocol/schema.ts";
import { inRange } from "../protocol/versions.ts";
import { type RecordTypeName, recordTypes } from "./record_types.ts";
import { recordVersion } from "./record_versions.ts";

type Messages = { [T in RecordTypeName]: (typeof recordTypes)[T]["message"] };

/** A metadata record as read from the log, with every field. */
export type MetadataRecord = {
  [T in RecordTypeName]: { readonly type: T; readonly data: Decoded<Messages[T]> };
}[RecordTypeName];

/** A metadata record to write: fields with a default may be left out. */
export type MetadataRecordDraft = {
  [T in RecordTypeName]: { readonly type: T; readonly data: Encodable<Messages[T]> };
}[RecordTypeName];

const FRAME_VERSION = 1;

const byApiKey = new Map<number, { readonly name: RecordTypeName; readonly message: Message }>();
for (const [name, { apiKey, message }] of Object.entries(recordTypes)) {
  byApiKey.set(apiKey, { name: name as RecordTypeName, message });
}

const writer = new ByteWriter(512);

/** The record's value bytes, in the version that clusters at `metadataVersion` understand. */
export function encodeMetadataRecord(
  record: MetadataRecordDraft,
  metadataVersion: number,
): Uint8Array<ArrayBuffer> {
  const { apiKey, message } = recordTypes[record.type];
  const version = recordVersion(record, metadataVersion);
  writer.reset();
  writer.writeUvarint(FRAME_VERSION);
  writer.writeUvarint(apiKey);
  writer.writeUvarint(version);
  codecOf(message as Message, version).encode(writer, record.data);
  return writer.toBytes();
}

/** Reads a record value. Throws {@link DecodeError}: a metadata log that cannot be read must not be skipped. */
export function decodeMetadataRecord(value: Uint8Array | null): MetadataRecord {
  if (value === null) throw new DecodeError("read metadata record: its value is null");
  const reader = new ByteReader(value);
  const frame = reader.readUvarint();
  if (frame !== FRAME_VERSION) {
    throw new DecodeError(`read metadata record: frame version ${frame}, wanted 1`);
  }
  const apiKey = reader.readUvarint();
  const version = reader.readUvarint();
  const type = byApiKey.get(apiKey);
  if (type === undefined) throw new DecodeError(`read metadata record: unknown type ${apiKey}`);
  if (!inRange(version, type.message.versions)) {
    throw new DecodeError(
      `read ${type.name}: version ${version} is not one of 0-${type.message.versions.max}`,
    );
  }
  const data = codecOf(type.message, version).decode(reader);
  if (reader.remaining > 0) {
    throw new DecodeError(`read ${type.name}: ${reader.remaining} bytes are left over`);
  }
  if (type.name === "UserScramCredentialRecord") copyBytes(data);
  return { type: type.name, data } as MetadataRecord;
}

/** Byte fields are views of a buffer that is reused; what an image keeps must be its own. */
function copyBytes(data: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(data)) {
    if (value instanceof Uint8Array) data[name] = value.slice();
  }
}

/** The record as replaying it from the log will give it. */
export function normalizeMetadataRecord(draft: MetadataRecordDraft, metadataVersion: number): MetadataRecord {
  const record = decodeMetadataRecord(encodeMetadataRecord(draft, metadataVersion));
  assert(record.type === draft.type, "a metadata record decodes as what it was encoded from");
  return record;
}
