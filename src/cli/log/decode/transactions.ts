/** Records of `__transaction_state` (KIP-98). */

import { transactionLogKey, transactionLogValue } from "../../../protocol/records/transaction.ts";
import { decodeCoordinatorRecord, type Decoded } from "./coordinator_record.ts";

/** The states of a transaction, at the index of their numbers. */
const states = [
  "Empty",
  "Ongoing",
  "PrepareCommit",
  "PrepareAbort",
  "CompleteCommit",
  "CompleteAbort",
  "Dead",
  "PrepareEpochFence",
];

/** Reads a record of `__transaction_state`. Throws DecodeError. */
export function decodeTransactionRecord(key: Uint8Array | null, value: Uint8Array | null): Decoded {
  const decoded = decodeCoordinatorRecord({ 0: [transactionLogKey, transactionLogValue] }, key, value);
  if (decoded.value === null) return decoded;
  const fields = decoded.value as { readonly transactionStatus: number };
  const transactionStatus = states[fields.transactionStatus] ?? fields.transactionStatus;
  return { ...decoded, value: { ...fields, transactionStatus } };
}
