/** AddRaftVoter (80), versions 0 and 1: makes a controller that follows a voter (KIP-853, KIP-1186). */

import { addRaftVoter } from "../../protocol/messages/80_add_raft_voter.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { clusterProblem, keyOf } from "./quorum_partition.ts";

export function addRaftVoterHandler(controller: ControllerContext): Handler {
  return handler(addRaftVoter, async (request) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem, errorMessage: null };
    const { reply } = await controller.quorum.request({
      type: "addVoter",
      voter: {
        ...keyOf(request.voterId, request.voterDirectoryId),
        endpoints: request.listeners,
        minKRaftVersion: 0,
        maxKRaftVersion: 1,
      },
      timeoutMs: request.timeoutMs,
      ackWhenCommitted: request.ackWhenCommitted,
    });
    return { errorCode: reply.errorCode, errorMessage: "errorMessage" in reply ? reply.errorMessage : null };
  });
}
