/** Records of `__cluster_metadata` (KIP-631): they have no key, and the value says its type and version. */

import { ByteReader } from "../../../core/bytes.ts";
import { decodeMetadataRecord } from "../../../metadata/record_codec.ts";
import type { Decoded } from "./coordinator_record.ts";

/** Reads a record of the metadata log. Throws DecodeError. */
export function decodeMetadata(_key: Uint8Array | null, value: Uint8Array | null): Decoded {
  const { type, data } = decodeMetadataRecord(value);
  const reader = new ByteReader(value!);
  reader.readUvarint();
  reader.readUvarint();
  return { type, version: reader.readUvarint(), value: data };
}
