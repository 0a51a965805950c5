/** Records of `__share_group_state` (KIP-932). */

import * as share from "../../../protocol/records/share_state.ts";
import { decodeCoordinatorRecord, type Decoded } from "./coordinator_record.ts";

const kinds = {
  0: [share.shareSnapshotKey, share.shareSnapshotValue],
  1: [share.shareUpdateKey, share.shareUpdateValue],
} as const;

/** Reads a record of `__share_group_state`. Throws DecodeError. */
export function decodeShareRecord(key: Uint8Array | null, value: Uint8Array | null): Decoded {
  return decodeCoordinatorRecord(kinds, key, value);
}
