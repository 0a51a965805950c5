/**
 * The records of `__consumer_offsets` as bytes: an int16 that says which record it is, then the key; an int16 version,
 * then the value (Kafka's CoordinatorRecordType).
 */

import { ByteReader, ByteWriter } from "../../core/bytes.ts";
import { DecodeError } from "../../core/errors.ts";
import type { GroupRecord } from "../../coordinator/group/types.ts";
import { codecOf } from "../../protocol/codec.ts";
import {
  groupMetadataKey,
  groupMetadataValue,
  legacyOffsetCommitKey,
  legacyOffsetCommitValue,
  offsetCommitKey,
  offsetCommitValue,
} from "../../protocol/records/offsets.ts";
import type { Decoded, Encodable, Message } from "../../protocol/schema.ts";
import { inRange } from "../../protocol/versions.ts";

const LEGACY_OFFSET_COMMIT = 0;
const OFFSET_COMMIT = 1;
const GROUP_METADATA = 2;

/** A key and value to append; a null value is a tombstone. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

const writer = new ByteWriter(1024);

function encode<M extends Message>(
  prefix: number,
  message: M,
  version: number,
  body: Encodable<M>,
): Uint8Array {
  writer.reset();
  writer.writeInt16(prefix);
  codecOf(message, version).encode(writer, body);
  return writer.toBytes();
}

/** The bytes of a record, in the versions that Kafka 4.3 writes. */
export function encodeGroupRecord(record: GroupRecord): KeyValue {
  if (record.type === "offsetCommit") {
    const { key, value, valueVersion } = record;
    return {
      key: encode(OFFSET_COMMIT, offsetCommitKey, offsetCommitKey.versions.max, key),
      value: value === null ? null : encode(valueVersion, offsetCommitValue, valueVersion, value),
    };
  }
  const { key, value, valueVersion } = record;
  return {
    key: encode(GROUP_METADATA, groupMetadataKey, 0, key),
    value: value === null ? null : encode(valueVersion, groupMetadataValue, valueVersion, value),
  };
}

function decodeValue<M extends Message>(
  message: M,
  value: Uint8Array,
): { value: Decoded<M>; version: number } {
  const reader = new ByteReader(value);
  const version = reader.readInt16();
  if (!inRange(version, message.versions)) {
    throw new DecodeError(`read ${message.name}: version ${version} is not known`);
  }
  return { value: codecOf(message, version).decode(reader), version };
}

/** A record of the log; null for records of other kinds of groups, which a classic shard passes over. */
export function decodeGroupRecord(key: Uint8Array, value: Uint8Array | null): GroupRecord | null {
  const reader = new ByteReader(key);
  switch (reader.readInt16()) {
    case LEGACY_OFFSET_COMMIT: {
      const legacyKey = codecOf(legacyOffsetCommitKey, 0).decode(reader);
      if (value === null) return { type: "offsetCommit", key: legacyKey, value: null, valueVersion: 0 };
      const { value: legacy } = decodeValue(legacyOffsetCommitValue, value);
      return {
        type: "offsetCommit",
        key: legacyKey,
        value: { ...emptyCommit, ...legacy },
        valueVersion: offsetCommitValue.versions.min,
      };
    }
    case OFFSET_COMMIT: {
      const commitKey = codecOf(offsetCommitKey, offsetCommitKey.versions.max).decode(reader);
      if (value === null) return { type: "offsetCommit", key: commitKey, value: null, valueVersion: 0 };
      const { value: commit, version } = decodeValue(offsetCommitValue, value);
      return { type: "offsetCommit", key: commitKey, value: commit, valueVersion: version };
    }
    case GROUP_METADATA: {
      const groupKey = codecOf(groupMetadataKey, 0).decode(reader);
      if (value === null) return { type: "groupMetadata", key: groupKey, value: null, valueVersion: 0 };
      const { value: group, version } = decodeValue(groupMetadataValue, value);
      return { type: "groupMetadata", key: groupKey, value: group, valueVersion: version };
    }
    default:
      return null;
  }
}

const emptyCommit: Decoded<typeof offsetCommitValue> = {
  offset: -1,
  leaderEpoch: -1,
  metadata: "",
  commitTimestamp: -1,
  expireTimestamp: -1,
  topicId: "AAAAAAAAAAAAAAAAAAAAAA" as Decoded<typeof offsetCommitValue>["topicId"],
};
