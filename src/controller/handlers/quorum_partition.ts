/** What the handlers of the quorum's APIs share: there is one cluster, one topic and one partition to ask about. */

import type { NodeId, Uuid } from "../../core/ids.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { LeaderInfo } from "../../raft/messages.ts";
import type { ReplicaKey } from "../../raft/types.ts";
import type { ControllerContext } from "../context.ts";
import { METADATA_TOPIC } from "../quorum/metadata_log.ts";

/** The error for the whole request when it is for another cluster; null when it is for this one or says nothing. */
export function clusterProblem({ meta }: ControllerContext, clusterId: string | null): number | null {
  return clusterId === null || clusterId === meta.clusterId ? null : ErrorCode.INCONSISTENT_CLUSTER_ID;
}

/** The one partition of a request that names topics and partitions; undefined when it asks for anything else. */
export function onlyPartition<P>(
  topics: readonly { readonly topicName: string; readonly partitions: readonly P[] }[],
): P | undefined {
  const [topic, ...more] = topics;
  if (topic === undefined || more.length > 0 || topic.topicName !== METADATA_TOPIC) return undefined;
  return topic.partitions.length === 1 ? topic.partitions[0] : undefined;
}

/** The leader in the form that responses have. */
export function leaderOf({ leaderId, leaderEpoch }: LeaderInfo): { leaderId: number; leaderEpoch: number } {
  return { leaderId, leaderEpoch };
}

/** Where the leader listens, in the form that responses have; empty when nobody leads. */
export function nodeEndpoints(info: LeaderInfo): { nodeId: number; host: string; port: number }[] {
  return info.leaderEndpoints.slice(0, 1).map(({ host, port }) => ({ nodeId: info.leaderId, host, port }));
}

/** A replica as requests name it. */
export function keyOf(id: number, directoryId: Uuid): ReplicaKey {
  return { id: id as NodeId, directoryId };
}
