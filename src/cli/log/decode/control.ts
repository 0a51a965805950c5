/** Control records: the markers that end transactions, and what KRaft writes into the metadata log. */

import { ByteReader } from "../../../core/bytes.ts";
import { DecodeError } from "../../../core/errors.ts";
import { codecOf } from "../../../protocol/codec.ts";
import * as control from "../../../protocol/records/control.ts";
import type { Message } from "../../../protocol/schema.ts";
import { inRange } from "../../../protocol/versions.ts";
import { type ControlRecordType, readControlKey } from "../../../records/control_record.ts";
import { type Decoded, decodeVersioned } from "./coordinator_record.ts";

/** The records of KRaft begin with a field that is also the version of the layout. */
const kraftMessages: Partial<Record<ControlRecordType, Message>> = {
  LeaderChange: control.leaderChangeMessage,
  SnapshotHeader: control.snapshotHeaderRecord,
  SnapshotFooter: control.snapshotFooterRecord,
  KRaftVersion: control.kRaftVersionRecord,
  KRaftVoters: control.votersRecord,
};

/** Reads a control record. Throws {@link DecodeError}. */
export function decodeControl(key: Uint8Array | null, value: Uint8Array | null): Decoded {
  const { type } = readControlKey(key);
  if (type === undefined) throw new DecodeError("its type is unknown");
  if (value === null) throw new DecodeError("its value is null");
  const message = kraftMessages[type];
  if (message === undefined) {
    const { version, data } = decodeVersioned(control.endTxnMarker, value);
    return { type, version, value: data };
  }
  const version = new ByteReader(value).readInt16();
  if (!inRange(version, message.versions)) throw new DecodeError(`${message.name} has no version ${version}`);
  return { type, version, value: codecOf(message, version).decode(new ByteReader(value)) };
}
