/** How far the leader knows each replica to be, voters and observers. */

import { type Offset, offset } from "../core/ids.ts";
import type { Replica } from "./replica.ts";
import type { LeaderState } from "./role_state.ts";
import type { ReplicaKey, Voter, VotersAt } from "./types.ts";
import { keyOf, keyText, sameReplica } from "./voters.ts";

export interface Progress {
  /** The voter's key if it is one: a static voter set does not know directories. */
  key: ReplicaKey;
  /** The replica's key by its own account. */
  reportedKey: ReplicaKey;
  /** -1 when unknown. */
  logEndOffset: Offset;
  /** What the replica knew to be committed at its last fetch (KIP-1166); -1 when it did not say. */
  highWatermark: Offset;
  /** -1: has not fetched in this epoch. */
  lastFetchMs: number;
  lastCaughtUpMs: number;
  /** The leader's log end at the replica's last fetch. */
  logEndAtLastFetch: Offset;
}

/** The key under which a replica is known. A voter without a known directory is one replica by its id. */
function canonicalKey(replica: Replica, key: ReplicaKey): ReplicaKey {
  return keyOf(replica.voters.voters.find((voter) => sameReplica(voter, key)) ?? key);
}

/** The progress of a replica, made on first sight. */
export function progressOf(replica: Replica, leader: LeaderState, reportedKey: ReplicaKey): Progress {
  const key = canonicalKey(replica, reportedKey);
  const text = keyText(key);
  let progress = leader.replicas.get(text);
  if (progress === undefined) {
    const unknown = offset(-1);
    const times = { lastFetchMs: -1, lastCaughtUpMs: -1 };
    progress = {
      key,
      reportedKey,
      logEndOffset: unknown,
      highWatermark: unknown,
      ...times,
      logEndAtLastFetch: unknown,
    };
    leader.replicas.set(text, progress);
  }
  return progress;
}

/** The voter set in force with what is known of its members. */
export interface VoterProgress {
  readonly set: VotersAt;
  /** Every voter but the leader itself. */
  readonly others: readonly { readonly voter: Voter; readonly progress: Progress }[];
  /** Whether the leader is one of them: on its way out it is not. */
  readonly isVoting: boolean;
}

/** Looked up with every event, so it is kept as long as the set is the same. */
export function voterProgress(replica: Replica, leader: LeaderState): VoterProgress {
  const set = replica.voters.latest;
  if (leader.voters?.set === set) return leader.voters;
  const others = set.voters
    .filter((voter) => !sameReplica(voter, replica.localKey))
    .map((voter) => ({ voter, progress: progressOf(replica, leader, voter) }));
  leader.voters = { set, others, isVoting: others.length < set.voters.length };
  return leader.voters;
}

/** Sorts what is known by the keys of a new voter set, which may know directories that the old one did not. */
export function reindexProgress(replica: Replica, leader: LeaderState): void {
  const all = [...leader.replicas.values()];
  leader.voters = null;
  leader.replicas.clear();
  for (const progress of all) {
    progress.key = canonicalKey(replica, progress.reportedKey);
    leader.replicas.set(keyText(progress.key), progress);
  }
}
