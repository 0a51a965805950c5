/** ListPartitionReassignments (46), version 0: the partitions that are getting other replicas (KIP-455). */

import type { MetadataImage } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  listPartitionReassignments,
  type ListPartitionReassignmentsRequest,
} from "../../protocol/messages/46_list_partition_reassignments.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { ControllerContext } from "../context.ts";
import { isRefusal } from "../outcome.ts";
import { isReassigning } from "../reassignment.ts";

export function listPartitionReassignmentsHandler(controller: ControllerContext): Handler {
  return handler(listPartitionReassignments, async (request) => {
    const outcome = await controller.write(
      ({ image }) => ({ records: [], result: reassignmentsIn(image, request.topics) }),
      request.timeoutMs,
    );
    if (isRefusal(outcome)) {
      return { errorCode: outcome.errorCode, errorMessage: outcome.message, topics: [] };
    }
    return { errorCode: ErrorCode.NONE, errorMessage: null, topics: outcome.result };
  });
}

/** Of the partitions asked for, or of all. */
function reassignmentsIn(image: MetadataImage, asked: ListPartitionReassignmentsRequest["topics"]) {
  const { byName } = image.topics;
  const wanted =
    asked?.map(({ name, partitionIndexes }) => ({ topic: byName.get(name), indexes: partitionIndexes })) ??
      [...byName.values()].map((topic) => ({ topic, indexes: [...topic.partitions.keys()] }));
  return wanted.flatMap(({ topic, indexes }) => {
    const partitions = indexes.flatMap((partitionIndex) => {
      const partition = topic?.partitions[partitionIndex];
      if (partition === undefined || !isReassigning(partition)) return [];
      const { replicas, addingReplicas, removingReplicas } = partition;
      return [{ partitionIndex, replicas, addingReplicas, removingReplicas }];
    });
    return topic === undefined || partitions.length === 0 ? [] : [{ name: topic.name, partitions }];
  });
}
