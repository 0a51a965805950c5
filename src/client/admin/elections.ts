/** Elections of partition leaders that somebody asks for (KIP-460). */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { electLeaders as electApi } from "../../protocol/messages/43_elect_leaders.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { byTopic, type TopicPartition } from "../leaders.ts";
import { callController, type Outcome } from "./call.ts";

/** Preferred: the first replica, if it is in sync. Unclean: any that lives, where no leader is; records may be lost. */
export type ElectionKind = "preferred" | "unclean";

/**
 * Elects leaders of some partitions, or of all that need it. The outcomes are named `topic-partition`; those of
 * partitions that needed none have ELECTION_NOT_NEEDED, and are left out when all were asked for.
 */
export async function electLeaders(
  cluster: Cluster,
  kind: ElectionKind,
  places: readonly TopicPartition[] | null,
): Promise<(Outcome & TopicPartition)[]> {
  const topics = places === null ? null : [...byTopic(places)].map(([topic, group]) => ({
    topic,
    partitions: group.map(({ partition }) => partition),
  }));
  const request = {
    electionType: kind === "preferred" ? 0 : 1,
    topicPartitions: topics,
    timeoutMs: cluster.options.requestTimeoutMs,
  };
  const response = await callController(cluster, electApi, request, (response) => [response.errorCode]);
  if (response.errorCode !== ErrorCode.NONE) throw new BrokerError("elect leaders", response.errorCode);
  return response.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
    partitionResult.map(({ partitionId: partition, errorCode, errorMessage }) => ({
      topic,
      partition,
      name: `${topic}-${partition}`,
      errorCode,
      errorMessage,
    }))
  );
}
