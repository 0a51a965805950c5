/** RemoveRaftVoter (81), version 0: takes the vote from a controller (KIP-853). */

import { removeRaftVoter } from "../../protocol/messages/81_remove_raft_voter.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { clusterProblem, keyOf } from "./quorum_partition.ts";

/** Removals are rare; the request says nothing of how long they may take. */
const TIMEOUT_MS = 30_000;

export function removeRaftVoterHandler(controller: ControllerContext): Handler {
  return handler(removeRaftVoter, async (request) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem, errorMessage: null };
    const { reply } = await controller.quorum.request({
      type: "removeVoter",
      voterKey: keyOf(request.voterId, request.voterDirectoryId),
      timeoutMs: TIMEOUT_MS,
    });
    return { errorCode: reply.errorCode, errorMessage: "errorMessage" in reply ? reply.errorMessage : null };
  });
}
