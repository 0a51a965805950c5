/**
 * DescribeCluster (60) on the controller listener, versions 0 to 2: the controllers of the cluster (KIP-919). Asked
 * for brokers it says that it is the wrong place.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { describeCluster } from "../../protocol/messages/60_describe_cluster.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";

const CONTROLLERS = 2;

export function describeClusterHandler({ quorum, meta }: ControllerContext): Handler {
  return handler(describeCluster, (request) => {
    if (request.endpointType !== CONTROLLERS) {
      return {
        errorCode: request.endpointType === 1
          ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
          : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: "The request was sent to an endpoint of type CONTROLLER.",
        clusterId: meta.clusterId,
        brokers: [],
      };
    }
    const controllers = quorum.voters.flatMap(({ id, endpoints }) =>
      endpoints.slice(0, 1).map(({ host, port }) => ({ brokerId: id, host, port }))
    );
    return {
      errorCode: ErrorCode.NONE,
      endpointType: CONTROLLERS,
      clusterId: meta.clusterId,
      controllerId: quorum.leadership.leaderId,
      brokers: controllers,
    };
  });
}
