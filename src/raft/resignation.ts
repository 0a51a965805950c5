/** After leading: EndQuorumEpoch until every voter knows, then an ordinary replica again (KIP-595). */

import type { Replica } from "./replica.ts";
import type { ResignedState } from "./role_state.ts";
import { becomeUnattached } from "./transitions.ts";

/** Tells those who do not know yet; true when the role has changed. */
export function pollResigned(replica: Replica, state: ResignedState): boolean {
  const isOver = state.unacknowledged.size === 0 && replica.shutdownDeadlineMs !== null;
  if (isOver || replica.nowMs >= state.deadlineMs) {
    // The vote of this epoch is its own and spent, so it can neither lead it again nor elect another for it.
    becomeUnattached(replica, replica.epoch);
    return true;
  }
  for (const voter of state.unacknowledged.values()) {
    if (!replica.peers.isReady(voter.id, replica.nowMs)) continue;
    replica.send(voter.id, voter.endpoints, {
      type: "endQuorumEpoch",
      leaderId: replica.localKey.id,
      leaderEpoch: replica.epoch,
      leaderEndpoints: replica.config.localEndpoints,
      preferredCandidates: state.preferredCandidates,
    });
  }
  return false;
}

/** When {@link pollResigned} has something to do next. */
export function resignedDeadlineMs(replica: Replica, state: ResignedState): number {
  let deadlineMs = state.deadlineMs;
  for (const id of state.unacknowledged.keys()) {
    deadlineMs = Math.min(deadlineMs, replica.peers.readyAtMs(id));
  }
  return deadlineMs;
}
