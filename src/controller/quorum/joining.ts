/**
 * Which controllers become voters by themselves (KIP-1186, where nobody said who should be one). An even number of
 * voters survives no more failures than one voter less, and needs more of them to be alive: with two, either one that
 * dies stops the cluster. So they join two by two, up to five; the others observe and wait for their turn.
 */

import type { NodeId } from "../../core/ids.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { Voter } from "../../raft/types.ts";

/** Two of these can fail at once; with more, every commit waits for more of them. */
const ENOUGH_VOTERS = 5;

/**
 * Whether it is a controller's turn, in the order of the ids. Registrations of controllers stay for ever; whether one
 * is alive shows in its node's broker, which a node has that was not told to be a controller only.
 */
export function mayJoin(image: MetadataImage, voters: readonly Voter[], id: NodeId): boolean {
  const candidates = [...image.controllers.keys()]
    .filter((candidate) => candidate === id || image.brokers.get(candidate)?.fenced === false)
    .filter((candidate) => !voters.some((voter) => voter.id === candidate))
    .sort((left, right) => left - right);
  const turn = candidates.indexOf(id);
  const most = Math.min(ENOUGH_VOTERS, voters.length + candidates.length);
  const target = most % 2 === 0 ? most - 1 : most;
  return turn >= 0 && turn < target - voters.length;
}
