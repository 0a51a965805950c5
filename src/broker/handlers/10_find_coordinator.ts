/**
 * FindCoordinator (10): which broker owns a group or a transaction. v4+: several keys at once (KIP-699).
 * There are no coordinators yet, and clients are told so.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { findCoordinator } from "../../protocol/messages/10_find_coordinator.ts";
import { type Handler, handler } from "../../server/registry.ts";

const none = {
  nodeId: -1,
  host: "",
  port: -1,
  errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE,
  errorMessage: "find coordinator: this broker has no group or transaction coordinator yet",
};

export function findCoordinatorHandler(): Handler {
  return handler(findCoordinator, (request) => ({
    ...none,
    coordinators: request.coordinatorKeys.map((key) => ({ key, ...none })),
  }));
}
