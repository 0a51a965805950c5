/** How a partition gets other replicas (KIP-455): all old and new ones for a while, then only the new ones. Pure. */

import type { NodeId } from "../core/ids.ts";
import type { PartitionImage } from "../metadata/image.ts";
import type { PartitionTarget } from "./partition_change.ts";

export function isReassigning(partition: PartitionImage): boolean {
  return partition.addingReplicas.length > 0 || partition.removingReplicas.length > 0;
}

/** The replicas that a partition has without the reassignment that is under way. */
function originalReplicas(partition: PartitionImage): readonly NodeId[] {
  return partition.replicas.filter((id) => !partition.addingReplicas.includes(id));
}

/**
 * What begins a reassignment to `replicas`; one that is under way is replaced. Replicas that it has added and that
 * are in sync by now, or were last, stay until the new ones are: they may be the only ones that have everything.
 */
export function startReassignment(partition: PartitionImage, replicas: readonly NodeId[]): PartitionTarget {
  const { addingReplicas, isr, elr, lastKnownElr } = partition;
  const holders = [...isr, ...elr, ...lastKnownElr];
  const original = partition.replicas.filter((id) => !addingReplicas.includes(id) || holders.includes(id));
  const removing = original.filter((id) => !replicas.includes(id));
  const adding = replicas.filter((id) => !original.includes(id));
  const merged = [...replicas, ...removing];
  return { replicas: merged, adding, removing, isr: isr.filter((id) => merged.includes(id)) };
}

/** What takes a reassignment back: the replicas that were added go again. */
export function cancelReassignment(partition: PartitionImage): PartitionTarget {
  const replicas = originalReplicas(partition);
  return { replicas, adding: [], removing: [], isr: partition.isr.filter((id) => replicas.includes(id)) };
}
