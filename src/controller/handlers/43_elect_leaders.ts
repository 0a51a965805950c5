/** ElectLeaders (43), versions 0 to 2: elects preferred leaders, or unclean ones for leaderless partitions (KIP-460). */

import type { MetadataImage, TopicImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { electLeaders, type ElectLeadersRequest } from "../../protocol/messages/43_elect_leaders.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ClusterView } from "../cluster_view.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";
import { partitionChange } from "../partition_change.ts";

type ElectionType = "preferred" | "unclean";

interface Target {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export function electLeadersHandler(controller: ControllerContext): Handler {
  return handler(electLeaders, async (request) => {
    const type = electionType(request);
    if (type === null) return { errorCode: ErrorCode.INVALID_REQUEST, replicaElectionResults: [] };
    const outcome = await controller.write(({ image, view }) => {
      const records: MetadataRecordDraft[] = [];
      const isAll = request.topicPartitions === null;
      const results = (request.topicPartitions ?? allPartitions(image)).map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map((partitionId) => {
          const change = elect(view, image.topics.byName.get(topic), partitionId, type);
          if (!isRefusal(change)) records.push(change);
          return {
            partitionId,
            errorCode: isRefusal(change) ? change.errorCode : ErrorCode.NONE,
            errorMessage: isRefusal(change) ? change.message : null,
          };
          // Who asks for all of them does not want to hear of those that need nothing.
        }).filter(({ errorCode }) => !isAll || errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
      })).filter(({ partitionResult }) => !isAll || partitionResult.length > 0);
      return { records, result: results };
    }, request.timeoutMs);
    return isRefusal(outcome)
      ? { errorCode: outcome.errorCode, replicaElectionResults: [] }
      : { errorCode: ErrorCode.NONE, replicaElectionResults: outcome.result };
  });
}

function electionType({ electionType: type }: ElectLeadersRequest): ElectionType | null {
  return type === 0 ? "preferred" : type === 1 ? "unclean" : null;
}

function allPartitions(image: MetadataImage): Target[] {
  return [...image.topics.byName.values()]
    .map(({ name, partitions }) => ({ topic: name, partitions: [...partitions.keys()] }));
}

function elect(
  view: ClusterView,
  topic: TopicImage | undefined,
  partitionId: number,
  type: ElectionType,
): MetadataRecordDraft | Refusal {
  const partition = topic?.partitions[partitionId];
  if (topic === undefined || partition === undefined) {
    return refuse(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `No such partition as ${topic?.name ?? "?"}-${partitionId}`,
    );
  }
  const isNeeded = type === "preferred" ? partition.leader !== partition.replicas[0] : partition.leader < 0;
  if (!isNeeded) {
    return refuse(ErrorCode.ELECTION_NOT_NEEDED, "Leader election not needed for topic partition.");
  }
  const change = partitionChange(partition, { election: type }, view.partition(topic, partitionId));
  const elected = change?.data.leader;
  if (change !== null && elected !== undefined && (type === "unclean" || elected === partition.replicas[0])) {
    return change;
  }
  return type === "preferred"
    ? refuse(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, "The preferred leader was not available.")
    : refuse(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "Eligible topic partition leaders are not available.");
}
