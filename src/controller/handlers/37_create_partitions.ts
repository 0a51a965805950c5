/**
 * CreatePartitions (37), versions 0 to 3: more partitions for existing topics, placed like new ones or as the request
 * says (KIP-195). The results have one entry for each topic asked for, always.
 *
 * Not done: the controller mutation quota (KIP-599).
 */

import type { NodeId } from "../../core/ids.ts";
import type { TopicImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  createPartitions,
  type CreatePartitionsRequest,
} from "../../protocol/messages/37_create_partitions.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ClusterView } from "../cluster_view.ts";
import { untilBrokersKnow } from "../broker_awareness.ts";
import type { ControllerContext } from "../context.ts";
import { assignmentProblem } from "../manual_assignment.ts";
import { newPartitions, place } from "../new_partitions.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";
import { MAX_PARTITIONS_PER_REQUEST } from "../topic_creation.ts";

type TopicRequest = CreatePartitionsRequest["topics"][number];

export function createPartitionsHandler(controller: ControllerContext): Handler {
  return handler(createPartitions, async (request) => {
    const { topics, validateOnly, timeoutMs } = request;
    const answer = (name: string, refusal: Refusal | null) => ({
      name,
      errorCode: refusal?.errorCode ?? ErrorCode.NONE,
      errorMessage: refusal?.message ?? null,
    });
    const byName = Map.groupBy(topics, ({ name }) => name);
    const outcome = await controller.write(({ view }) => {
      const records: MetadataRecordDraft[] = [];
      const results = [...byName].map(([name, requests]) => {
        const added = requests.length > 1
          ? refuse(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
          : planPartitions(view, requests[0]!, controller.random);
        if (isRefusal(added)) return answer(name, added);
        records.push(...added);
        return answer(name, null);
      });
      return { records: validateOnly ? [] : records, result: results };
    }, timeoutMs);
    if (!request.validateOnly && !isRefusal(outcome)) await untilBrokersKnow(controller);
    return {
      results: isRefusal(outcome) ? [...byName.keys()].map((name) => answer(name, outcome)) : outcome.result,
    };
  });
}

function planPartitions(
  view: ClusterView,
  request: TopicRequest,
  random: (bound: number) => number,
): MetadataRecordDraft[] | Refusal {
  const topic = view.image.topics.byName.get(request.name);
  if (topic === undefined) {
    return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${request.name}' does not exist.`);
  }
  const before = topic.partitions.length;
  const added = request.count - before;
  if (added === 0) return refuse(ErrorCode.INVALID_PARTITIONS, `Topic already has ${before} partition(s).`);
  if (added < 0) {
    return refuse(
      ErrorCode.INVALID_PARTITIONS,
      `The topic ${topic.name} currently has ${before} partition(s); ${request.count} would not be an increase.`,
    );
  }
  if (added > MAX_PARTITIONS_PER_REQUEST) {
    return refuse(ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.");
  }
  const replicationFactor = topic.partitions[0]!.replicas.length;
  const replicas = request.assignments === null
    ? place(view, { count: added, replicationFactor }, random)
    : assigned(view, topic, request.assignments, added);
  return isRefusal(replicas) ? replicas : newPartitions(view, topic.id, { first: before, replicas });
}

function assigned(
  view: ClusterView,
  topic: TopicImage,
  assignments: NonNullable<TopicRequest["assignments"]>,
  added: number,
): readonly (readonly NodeId[])[] | Refusal {
  if (assignments.length !== added) {
    return refuse(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    );
  }
  const replicationFactor = topic.partitions[0]!.replicas.length;
  for (const { brokerIds } of assignments) {
    const problem = assignmentProblem(view, brokerIds, replicationFactor);
    if (problem !== null) return problem;
  }
  return assignments.map(({ brokerIds }) => brokerIds as NodeId[]);
}
