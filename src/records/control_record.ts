/** Control records: transaction markers and KRaft's own, told apart by their key (version int16, type int16). */

import { ByteReader, ByteWriter } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";

/** The types at the index of their ids in the key (KIP-98, KIP-595, KIP-630, KIP-853). */
export const controlRecordTypes = [
  "Abort",
  "Commit",
  "LeaderChange",
  "SnapshotHeader",
  "SnapshotFooter",
  "KRaftVersion",
  "KRaftVoters",
] as const;
export type ControlRecordType = (typeof controlRecordTypes)[number];

/** The key of a control record. */
export interface ControlRecordKey {
  readonly version: number;
  /** Undefined for types newer than this program, which readers skip. */
  readonly type: ControlRecordType | undefined;
}

/** Reads the key of a control record; throws {@link DecodeError} when it is none. */
export function readControlKey(key: Uint8Array | null): ControlRecordKey {
  if (key === null || key.length < 4) {
    throw new DecodeError("read control record: its key has less than 4 bytes");
  }
  const reader = new ByteReader(key);
  const version = reader.readInt16();
  if (version < 0) throw new DecodeError(`read control record: version ${version} of its key`);
  return { version, type: controlRecordTypes[reader.readInt16()] };
}

/** The key of a control record of `type`, version 0. */
export function controlKey(type: ControlRecordType): Uint8Array {
  const id = controlRecordTypes.indexOf(type);
  return Uint8Array.of(0, 0, 0, id);
}

/** The value of a transaction marker (EndTxnMarker version 0): the epoch of the coordinator that wrote it. */
export function endTxnMarkerValue(coordinatorEpoch: number): Uint8Array {
  const writer = new ByteWriter(6);
  writer.writeInt16(0);
  writer.writeInt32(coordinatorEpoch);
  return writer.toBytes();
}

/** The coordinator epoch in the value of a transaction marker. Throws {@link DecodeError}. */
export function readEndTxnMarker(value: Uint8Array | null): number {
  const reader = new ByteReader(value ?? new Uint8Array(0));
  reader.readInt16();
  return reader.readInt32();
}
