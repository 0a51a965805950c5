/**
 * FindCoordinator (10): which broker owns a group (key type 0), a transaction (1) or a share partition (2).
 * v4+: several keys at once (KIP-699). The offsets topic is created on first use.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  findCoordinator,
  type FindCoordinatorResponse,
} from "../../protocol/messages/10_find_coordinator.ts";
import { type Handler, handler, type RequestContext } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { brokerAddress } from "./03_metadata.ts";

type Coordinator = NonNullable<FindCoordinatorResponse["coordinators"]>[number];

const GROUP = 0;
const TRANSACTION = 1;
const FIRST_BATCHED_VERSION = 4;

export function findCoordinatorHandler(broker: BrokerContext): Handler {
  return handler(findCoordinator, async (request, context): Promise<FindCoordinatorResponse> => {
    const { keyType } = request;
    const batched = context.apiVersion >= FIRST_BATCHED_VERSION;
    const keys = batched ? request.coordinatorKeys : [request.key];
    const coordinators = await Promise.all(keys.map((key) => find(broker, { key, keyType }, context)));
    return batched ? { coordinators } : { ...coordinators[0]! };
  });
}

async function find(
  broker: BrokerContext,
  { key, keyType }: { key: string; keyType: number },
  context: RequestContext,
): Promise<Coordinator> {
  const refuse = (errorCode: number, errorMessage: string | null): Coordinator => ({
    key,
    nodeId: -1,
    host: "",
    port: -1,
    errorCode,
    errorMessage,
  });
  if (keyType === TRANSACTION) {
    return refuse(
      ErrorCode.COORDINATOR_NOT_AVAILABLE,
      "find coordinator: there is no transaction coordinator yet",
    );
  }
  if (keyType !== GROUP) {
    return refuse(ErrorCode.INVALID_REQUEST, `find coordinator: key type ${keyType} is not served`);
  }
  const located = await broker.groups.locate(key);
  if (typeof located !== "number") {
    return refuse(located.errorCode, "find coordinator: the offsets topic has no leader");
  }
  const { host, port } = brokerAddress(broker, located, context);
  return { key, nodeId: located, host, port, errorCode: ErrorCode.NONE, errorMessage: null };
}
