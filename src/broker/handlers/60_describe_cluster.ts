/**
 * DescribeCluster (60): the brokers of the cluster (KIP-700). v1: endpointType 1 asks for brokers; controllers are
 * described by the controller listener only (KIP-919). v2: fenced brokers on request (KIP-1073).
 */

import type { NodeId } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { describeCluster } from "../../protocol/messages/60_describe_cluster.ts";
import { MEMORY_HOST } from "../../platform/compose_networks.ts";
import type { Address } from "../../platform/network.ts";
import { type Handler, handler, type RequestContext } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { brokerAddress } from "./03_metadata.ts";

const BROKERS = 1;

export function describeClusterHandler(broker: BrokerContext): Handler {
  return handler(describeCluster, (request, context) => {
    const { image } = broker.metadata;
    if (context.apiVersion >= 1 && request.endpointType !== BROKERS) {
      return {
        errorCode: request.endpointType === 2
          ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
          : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage:
          `describe cluster: this listener knows brokers (1), not endpoint type ${request.endpointType}`,
        clusterId: "",
        brokers: [],
      };
    }
    const shown = [...image.brokers.values()].filter((one) => !one.fenced || request.includeFencedBrokers);
    return {
      errorCode: ErrorCode.NONE,
      clusterId: image.clusterId,
      controllerId: broker.nodeId,
      brokers: shown.map(({ id, rack, fenced }) => {
        const { host, port } = shownAddress(broker, id, context);
        return { brokerId: id, host, port, rack, isFenced: fenced };
      }),
    };
  });
}

/** Who asks from inside the process passes on what is told here, and an address in memory means nothing to others. */
function shownAddress(broker: BrokerContext, id: NodeId, context: RequestContext): Address {
  const { local, listener } = context.connection;
  const registered = local.host === MEMORY_HOST ? broker.metadata.endpoint(id, listener) : null;
  return registered ?? brokerAddress(broker, id, context);
}
