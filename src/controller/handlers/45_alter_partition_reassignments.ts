/**
 * AlterPartitionReassignments (45), versions 0 and 1: moves partitions to other replicas, or takes that back
 * (KIP-455). The new replicas are added first; once they are in sync the old ones go.
 */

import type { NodeId } from "../../core/ids.ts";
import type { PartitionImage, TopicImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  alterPartitionReassignments,
  type AlterPartitionReassignmentsRequest,
} from "../../protocol/messages/45_alter_partition_reassignments.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ClusterView } from "../cluster_view.ts";
import type { ControllerContext } from "../context.ts";
import { assignmentProblem } from "../manual_assignment.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";
import { partitionChange, type PartitionTarget } from "../partition_change.ts";
import { cancelReassignment, isReassigning, startReassignment } from "../reassignment.ts";

type PartitionRequest = AlterPartitionReassignmentsRequest["topics"][number]["partitions"][number];

export function alterPartitionReassignmentsHandler(controller: ControllerContext): Handler {
  return handler(alterPartitionReassignments, async (request, { apiVersion }) => {
    const mayGrow = apiVersion === 0 || request.allowReplicationFactorChange;
    const outcome = await controller.write(({ image, view }) => {
      const records: MetadataRecordDraft[] = [];
      const responses = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((partition) => {
          const target = reassign(view, image.topics.byName.get(name), partition, mayGrow);
          if (isRefusal(target)) return answer(partition, target);
          records.push(...target);
          return answer(partition, null);
        }),
      }));
      return { records, result: responses };
    }, request.timeoutMs);
    if (isRefusal(outcome)) {
      return { errorCode: outcome.errorCode, errorMessage: outcome.message, responses: [] };
    }
    return { errorCode: ErrorCode.NONE, errorMessage: null, responses: outcome.result };
  });
}

function answer({ partitionIndex }: PartitionRequest, refusal: Refusal | null) {
  return {
    partitionIndex,
    errorCode: refusal?.errorCode ?? ErrorCode.NONE,
    errorMessage: refusal?.message ?? null,
  };
}

function reassign(
  view: ClusterView,
  topic: TopicImage | undefined,
  { partitionIndex, replicas }: PartitionRequest,
  mayGrow: boolean,
): MetadataRecordDraft[] | Refusal {
  const partition = topic?.partitions[partitionIndex];
  if (topic === undefined || partition === undefined) {
    return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "Unable to find such a topic or partition.");
  }
  const target = replicas === null
    ? cancellation(partition, view.isUncleanElectionEnabled(topic.name))
    : reassignment(view, partition, replicas as NodeId[], mayGrow);
  if (isRefusal(target)) return target;
  const change = partitionChange(partition, target, view.partition(topic, partitionIndex));
  return change === null ? [] : [change];
}

function cancellation(partition: PartitionImage, isUnclean: boolean): PartitionTarget | Refusal {
  if (!isReassigning(partition)) {
    return refuse(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, "No partition reassignment is in progress.");
  }
  const target = cancelReassignment(partition);
  if (target.isr?.length === 0 && !isUnclean) {
    const message = "None of the original replicas is in sync: cancelling would lose records.";
    return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  }
  return { ...target, election: isUnclean ? "unclean" : "online" };
}

function reassignment(
  view: ClusterView,
  partition: PartitionImage,
  replicas: readonly NodeId[],
  mayGrow: boolean,
): PartitionTarget | Refusal {
  const problem = assignmentProblem(view, replicas);
  if (problem !== null) return problem;
  const before = isReassigning(partition) ? cancelReassignment(partition).replicas! : partition.replicas;
  if (!mayGrow && replicas.length !== before.length) {
    return refuse(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `The replication factor is changed from ${before.length} to ${replicas.length}`,
    );
  }
  return startReassignment(partition, replicas);
}
