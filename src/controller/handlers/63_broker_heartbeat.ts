/**
 * BrokerHeartbeat (63), versions 0 to 2: keeps a broker's session, and lets it in and out: a registered broker is
 * unfenced once it has applied its own registration, and may stop once it leads nothing any more (KIP-631).
 * It tells of directories that have failed (KIP-858) and of those that take no new replicas (KIP-1066).
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { NodeId, Uuid } from "../../core/ids.ts";
import { MetadataVersion } from "../../metadata/features.ts";
import type { BrokerImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { brokerHeartbeat, type BrokerHeartbeatRequest } from "../../protocol/messages/63_broker_heartbeat.ts";
import { type Handler, handler } from "../../server/registry.ts";
import {
  beginControlledShutdown,
  fenceBroker,
  isNeeded,
  leavePartitions,
  takeDirectoriesOffline,
  unfenceBroker,
} from "../broker_changes.ts";
import { brokerEpochProblem } from "../broker_epoch.ts";
import type { ControllerContext, PlanPoint } from "../context.ts";
import { isRefusal } from "../outcome.ts";

/** What a broker is, or becomes by a heartbeat. */
type Standing = "fenced" | "unfenced" | "stopping" | "may-stop";

export function brokerHeartbeatHandler(controller: ControllerContext): Handler {
  return handler(brokerHeartbeat, async (request, { connection }) => {
    controller.probes.onHeartbeat(request.brokerId as NodeId, connection);
    const quick = answerQuickly(controller, request);
    if (quick !== null) return quick;
    const outcome = await controller.write((at) => {
      const problem = brokerEpochProblem(at.image, request.brokerId as NodeId, request.brokerEpoch);
      if (problem !== null) {
        return { records: [], result: { errorCode: problem.errorCode, shouldShutDown: false } };
      }
      return decide(controller, at, request);
    });
    return isRefusal(outcome) ? { errorCode: outcome.errorCode, shouldShutDown: false } : outcome.result;
  });
}

/** Most heartbeats change nothing: they are answered from what is committed, without a turn in the queue. */
function answerQuickly(
  { quorum, heartbeats, platform, isActive }: ControllerContext,
  request: BrokerHeartbeatRequest,
) {
  const broker = quorum.image.brokers.get(request.brokerId as NodeId);
  const isSteady = isActive && broker !== undefined && broker.epoch === request.brokerEpoch &&
    !broker.fenced &&
    !broker.inControlledShutdown && !request.wantFence && !request.wantShutDown &&
    newlyOffline(broker, request).length === 0 && cordonChange(broker, request) === null;
  if (!isSteady) return null;
  const state = { fenced: false, metadataOffset: request.currentMetadataOffset, shutdownOffset: -1 };
  heartbeats.touch(broker, state, platform.clock.monotonicMs());
  return { errorCode: ErrorCode.NONE, isCaughtUp: true, isFenced: false, shouldShutDown: false };
}

function decide(controller: ControllerContext, at: PlanPoint, request: BrokerHeartbeatRequest) {
  const { view, image, nowMs, baseOffset } = at;
  const broker = image.brokers.get(request.brokerId as NodeId)!;
  const before: Standing = broker.fenced ? "fenced" : broker.inControlledShutdown ? "stopping" : "unfenced";
  const failed = newlyOffline(broker, request);
  // One thing at a time: what the broker is otherwise is decided by its next heartbeat.
  const after = failed.length > 0 ? before : nextStanding(controller, at, broker, request);
  const records: MetadataRecordDraft[] = failed.length > 0
    ? takeDirectoriesOffline(view, broker, failed)
    : [];
  if (after !== before) {
    if (after === "unfenced") records.push(...unfenceBroker(view, broker));
    else if (after === "stopping") records.push(...beginControlledShutdown(view, broker));
    else if (!broker.fenced) records.push(...fenceBroker(view, broker));
  } else if (after === "stopping") records.push(...leavePartitions(view, broker));
  const cordoned = view.metadataVersion >= MetadataVersion.V4_3_IV0 ? cordonChange(broker, request) : null;
  if (cordoned !== null) records.push(cordoned);
  const isFenced = after === "fenced" || after === "may-stop";
  controller.heartbeats.touch(broker, {
    fenced: isFenced,
    metadataOffset: request.currentMetadataOffset,
    shutdownOffset: after === "stopping" && records.length > 0 ? baseOffset + records.length - 1 : -1,
  }, nowMs);
  return {
    records,
    result: {
      errorCode: ErrorCode.NONE,
      isCaughtUp: request.currentMetadataOffset >= broker.epoch,
      isFenced,
      shouldShutDown: after === "may-stop",
    },
  };
}

function nextStanding(
  { heartbeats }: ControllerContext,
  { view }: PlanPoint,
  broker: BrokerImage,
  request: BrokerHeartbeatRequest,
): Standing {
  const { wantFence, wantShutDown, currentMetadataOffset } = request;
  if (broker.fenced) {
    if (wantShutDown) return "may-stop";
    return !wantFence && currentMetadataOffset >= broker.epoch ? "unfenced" : "fenced";
  }
  if (broker.inControlledShutdown) {
    const isFree = !isNeeded(view, broker.id) && heartbeats.othersKnowOfShutdown(broker.id);
    return isFree ? "may-stop" : "stopping";
  }
  if (wantShutDown) {
    // With nobody to hand over to there is nothing to wait for.
    const hasHeirs = [...view.image.brokers.keys()].some((id) => id !== broker.id && view.isActive(id));
    return !wantFence && hasHeirs && isNeeded(view, broker.id) ? "stopping" : "may-stop";
  }
  return wantFence ? "fenced" : "unfenced";
}

/** The directories that have failed since the last heartbeat (KIP-858). */
function newlyOffline({ logDirs }: BrokerImage, { offlineLogDirs }: BrokerHeartbeatRequest): Uuid[] {
  return offlineLogDirs.filter((id) => logDirs.includes(id));
}

/** The record that writes down which directories get no new replicas, when that has changed (KIP-1066). */
function cordonChange(
  broker: BrokerImage,
  { cordonedLogDirs }: BrokerHeartbeatRequest,
): MetadataRecordDraft | null {
  if (cordonedLogDirs === null) return null;
  const before = [...broker.cordonedLogDirs].sort().join();
  if ([...cordonedLogDirs].sort().join() === before) return null;
  const data = { brokerId: broker.id, brokerEpoch: broker.epoch, fenced: 0, cordonedLogDirs };
  return { type: "BrokerRegistrationChangeRecord", data };
}
