/** UpdateRaftVoter (82), version 0: a voter tells the leader its new endpoints or versions (KIP-853). */

import type { LeaderEpoch } from "../../core/ids.ts";
import { updateRaftVoter } from "../../protocol/messages/82_update_raft_voter.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { clusterProblem, keyOf, leaderOf } from "./quorum_partition.ts";

export function updateRaftVoterHandler(controller: ControllerContext): Handler {
  return handler(updateRaftVoter, async (request) => {
    const problem = clusterProblem(controller, request.clusterId);
    if (problem !== null) return { errorCode: problem };
    const { minSupportedVersion, maxSupportedVersion } = request.kRaftVersionFeature;
    const { reply } = await controller.quorum.request({
      type: "updateVoter",
      currentLeaderEpoch: request.currentLeaderEpoch as LeaderEpoch,
      voter: {
        ...keyOf(request.voterId, request.voterDirectoryId),
        endpoints: request.listeners,
        minKRaftVersion: minSupportedVersion,
        maxKRaftVersion: maxSupportedVersion,
      },
    });
    const { host = "", port = 0 } = reply.leaderEndpoints[0] ?? {};
    return { errorCode: reply.errorCode, currentLeader: { ...leaderOf(reply), host, port } };
  });
}
