/** The Kafka error code of each way the log can refuse an append. */

import type { AppendError } from "../log/append_result.ts";
import { ErrorCode } from "../protocol/error_codes.ts";

export const appendErrorCode: Readonly<Record<AppendError, number>> = {
  "corrupt-message": ErrorCode.CORRUPT_MESSAGE,
  "message-too-large": ErrorCode.MESSAGE_TOO_LARGE,
  "record-list-too-large": ErrorCode.RECORD_LIST_TOO_LARGE,
  "unsupported-message-format": ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  "invalid-record": ErrorCode.INVALID_RECORD,
  "invalid-timestamp": ErrorCode.INVALID_TIMESTAMP,
  "out-of-order-sequence": ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  "invalid-producer-epoch": ErrorCode.INVALID_PRODUCER_EPOCH,
  "invalid-txn-state": ErrorCode.INVALID_TXN_STATE,
  "transaction-coordinator-fenced": ErrorCode.TRANSACTION_COORDINATOR_FENCED,
  "unexpected-offset": ErrorCode.UNKNOWN_SERVER_ERROR,
  "no-space": ErrorCode.KAFKA_STORAGE_ERROR,
  "storage-error": ErrorCode.KAFKA_STORAGE_ERROR,
};
