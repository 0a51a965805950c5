/**
 * Keeping one's own entry in the voter set right (KIP-853, KIP-1186): endpoints and versions that have changed, and,
 * where `autoJoin` says so, getting into the set at all, in place of the same node with a disk that is gone.
 */

import type { RaftRequest } from "./messages.ts";
import type { Replica } from "./replica.ts";
import type { FollowerState, LeaderState } from "./role_state.ts";
import { SUPPORTED_KRAFT_VERSIONS, type Voter } from "./types.ts";
import { keyOf, keyText, sameReplica } from "./voters.ts";

/** This replica as its entry in the voter set should say. */
function localVoter(replica: Replica): Voter {
  return { ...replica.localKey, endpoints: replica.config.localEndpoints, ...SUPPORTED_KRAFT_VERSIONS };
}

/** Whether a voter set says the same of two voters. */
export function isSameEntry(left: Voter, right: Voter): boolean {
  return keyText(left) === keyText(right) && left.minKRaftVersion === right.minKRaftVersion &&
    left.maxKRaftVersion === right.maxKRaftVersion && left.endpoints.length === right.endpoints.length &&
    left.endpoints.every(({ name, host, port }, index) => {
      const other = right.endpoints[index]!;
      return other.name === name && other.host === host && other.port === port;
    });
}

/** A leader with new endpoints changes its own entry as soon as it may. */
export function pollOwnEntry(replica: Replica, leader: LeaderState): void {
  if (leader.change !== null || !leader.isReady || replica.config.localEndpoints.length === 0) return;
  const entry = replica.voters.voter(replica.localKey.id);
  if (entry === undefined || !sameReplica(entry, replica.localKey)) return;
  if (replica.voters.latest.offset >= replica.highWatermark) return;
  replica.hasJoined = true;
  if (isSameEntry(entry, updated(replica, entry))) return;
  leader.change = {
    kind: "updateVoter",
    token: null,
    voter: updated(replica, entry),
    ackWhenCommitted: true,
    deadlineMs: Infinity,
    offset: null,
  };
}

/** The entry with what is new; the directory of a static voter stays unknown. */
function updated(replica: Replica, entry: Voter): Voter {
  return { ...localVoter(replica), directoryId: entry.directoryId };
}

/** What a follower has to ask of the leader about its own entry; null: nothing. */
function upkeepRequest(replica: Replica, state: FollowerState): RaftRequest | null {
  const { config, localKey } = replica;
  if (!config.canBeVoter || config.localEndpoints.length === 0) return null;
  const entry = replica.voters.voter(localKey.id);
  if (entry !== undefined && sameReplica(entry, localKey)) {
    // Whoever takes the vote from it again means it: it does not come back by itself (KAFKA-19850).
    if (replica.voters.latest.offset < replica.highWatermark) replica.hasJoined = true;
    const voter = updated(replica, entry);
    if (isSameEntry(entry, voter)) return null;
    return { type: "updateVoter", currentLeaderEpoch: replica.epoch, voter };
  }
  const isCaughtUp = state.leaderHighWatermark >= 0 && replica.log.logEndOffset >= state.leaderHighWatermark;
  if (
    config.autoJoin !== true || replica.hasJoined || !isCaughtUp || replica.voters.kraftVersion.version < 1
  ) return null;
  const timeoutMs = config.requestTimeoutMs;
  if (entry !== undefined) return { type: "removeVoter", voterKey: keyOf(entry), timeoutMs };
  if (config.mayJoin?.(replica.voters.voters) === false) return null;
  return { type: "addVoter", voter: localVoter(replica), timeoutMs, ackWhenCommitted: false };
}

/**
 * Asks the leader, beside the fetches, a few times in a fetch timeout: while others join it is refused. What it answers does not matter: the voter
 * set that comes with the fetched records tells whether to ask again.
 */
export function pollUpkeep(replica: Replica, state: FollowerState): void {
  if (!state.hasFetched || replica.nowMs < state.upkeepAtMs) return;
  const request = upkeepRequest(replica, state);
  state.upkeepAtMs = replica.nowMs + replica.config.fetchTimeoutMs / 4;
  if (request === null) return;
  const requestId = replica.peers.newRequestId();
  replica.emit({
    type: "send",
    requestId,
    to: replica.leaderId,
    endpoints: replica.leaderEndpoints,
    request,
  });
}
