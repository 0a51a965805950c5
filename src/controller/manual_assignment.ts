/** Checks replica assignments that a client gives itself (CreateTopics, CreatePartitions, reassignments). */

import type { NodeId } from "../core/ids.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { ClusterView } from "./cluster_view.ts";
import { type Refusal, refuse } from "./outcome.ts";

/** What is wrong with one partition's replicas, or null. With a replication factor, all must have it. */
export function assignmentProblem(
  view: ClusterView,
  replicas: readonly number[],
  replicationFactor?: number,
): Refusal | null {
  const refuseAssignment = (why: string) =>
    refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `The manual partition assignment includes ${why}`);
  if (replicas.length === 0) return refuseAssignment("an empty replica list.");
  const seen = new Set<number>();
  for (const id of replicas) {
    if (seen.has(id)) return refuseAssignment(`the broker ${id} more than once.`);
    seen.add(id);
    if (!view.image.brokers.has(id as NodeId)) {
      return refuseAssignment(`broker ${id}, but no such broker is registered.`);
    }
  }
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    return refuseAssignment(
      `a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, ` +
        `which have ${replicationFactor} replica(s).`,
    );
  }
  return null;
}

/** The replicas of a new partition that are in sync from the start; a refusal when there are none. */
export function initialIsr(
  view: ClusterView,
  replicas: readonly NodeId[],
  partitionId: number,
): readonly NodeId[] | Refusal {
  const isr = replicas.filter((id) => view.isActive(id));
  return isr.length > 0 ? isr : refuse(
    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    `All brokers specified in the manual partition assignment for partition ${partitionId} are fenced or in ` +
      "controlled shutdown.",
  );
}
