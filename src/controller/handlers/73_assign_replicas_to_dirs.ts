/**
 * AssignReplicasToDirs (73), version 0: a broker tells which of its log directories its replicas are in (KIP-858), so
 * that leadership can move when one of them fails. What it says of a directory that is offline takes the replicas in
 * it out of the ISR.
 */

import type { NodeId, Uuid } from "../../core/ids.ts";
import { MetadataVersion } from "../../metadata/features.ts";
import type { BrokerImage, TopicImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  assignReplicasToDirs,
  type AssignReplicasToDirsRequest,
} from "../../protocol/messages/73_assign_replicas_to_dirs.ts";
import { type Handler, handler } from "../../server/registry.ts";
import { brokerEpochProblem } from "../broker_epoch.ts";
import type { ClusterView } from "../cluster_view.ts";
import type { ControllerContext, PlanPoint } from "../context.ts";
import { isDirectoryOnline, LOST_DIRECTORY } from "../directories.ts";
import { isRefusal, refuse } from "../outcome.ts";
import { partitionChange } from "../partition_change.ts";

export function assignReplicasToDirsHandler(controller: ControllerContext): Handler {
  return handler(assignReplicasToDirs, async (request) => {
    const outcome = await controller.write((at) => {
      if (at.view.metadataVersion < MetadataVersion.V3_7_IV2) {
        return refuse(ErrorCode.UNSUPPORTED_VERSION, "The metadata.version does not know directories.");
      }
      return brokerEpochProblem(at.image, request.brokerId as NodeId, request.brokerEpoch) ??
        plan(at, request);
    });
    return isRefusal(outcome)
      ? { errorCode: outcome.errorCode, directories: [] }
      : { errorCode: ErrorCode.NONE, directories: outcome.result };
  });
}

function plan({ view, image }: PlanPoint, request: AssignReplicasToDirsRequest) {
  const broker = image.brokers.get(request.brokerId as NodeId)!;
  const records: MetadataRecordDraft[] = [];
  const result = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const change = assign(view, image.topics.byId.get(topicId), {
          partitionIndex,
          broker,
          directory: id,
        });
        if (typeof change === "number") return { partitionIndex, errorCode: change };
        if (change !== null) records.push(change);
        return { partitionIndex, errorCode: ErrorCode.NONE };
      }),
    })),
  }));
  return { records, result };
}

/** The record that puts a replica in a directory; null when it is there, an error code when there is no replica. */
function assign(
  view: ClusterView,
  topic: TopicImage | undefined,
  { partitionIndex, broker, directory }: {
    readonly partitionIndex: number;
    readonly broker: BrokerImage;
    readonly directory: Uuid;
  },
): MetadataRecordDraft | number | null {
  if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
  const partition = topic.partitions[partitionIndex];
  if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const at = partition.replicas.indexOf(broker.id);
  if (at < 0) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  const isNeeded = [...partition.isr, ...partition.elr].every((id) => id === broker.id);
  if (directory === LOST_DIRECTORY && isNeeded) return ErrorCode.INELIGIBLE_REPLICA;
  const directories = partition.directories.with(at, directory);
  const isOnline = isDirectoryOnline(broker, directory);
  const mayLead = (id: NodeId) =>
    id === broker.id ? isOnline && view.isActive(id) : view.isOnline(id, partition);
  return partitionChange(
    partition,
    {
      directories,
      isr: isOnline ? partition.isr : partition.isr.filter((id) => id !== broker.id),
      // What is lost does not come back: such a replica is not eligible either.
      ...(directory === LOST_DIRECTORY ? { uncleanShutdown: [broker.id] } : {}),
    },
    view.partition(topic, partitionIndex, mayLead),
  );
}
