/**
 * BrokerRegistration (62), versions 0 to 4: a process of a broker enters the cluster, fenced, with an incarnation id
 * that it has drawn (KIP-631). Its epoch is the offset of its registration.
 *
 * Another process with the same id is refused while the first one is heard of. Unlike in Kafka a registration that
 * only the log knows does not count as heard of, and one whose process is known to be gone does not either: after
 * kill -9 a node is back at once, not after the session timeout.
 */

import type { NodeId, Uuid } from "../../core/ids.ts";
import { ZERO_UUID } from "../../core/uuid.ts";
import type { BrokerImage } from "../../metadata/image.ts";
import { METADATA_VERSION, MetadataVersion } from "../../metadata/features.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  brokerRegistration,
  type BrokerRegistrationRequest,
} from "../../protocol/messages/62_broker_registration.ts";
import { type Handler, handler } from "../../server/registry.ts";
import { peerEndpoint } from "../broker_probe.ts";
import { replaceIncarnation } from "../broker_changes.ts";
import type { ControllerContext, PlanPoint } from "../context.ts";
import { isRefusal, type Refusal, refuse } from "../outcome.ts";

export function brokerRegistrationHandler(controller: ControllerContext): Handler {
  return handler(brokerRegistration, async (request) => {
    const id = request.brokerId as NodeId;
    const goneEpoch = await probedEpoch(controller, request);
    const outcome = await controller.write((at) => {
      const records = registrationRecords(controller, at, request, goneEpoch);
      if (isRefusal(records)) return records;
      const brokerEpoch = at.baseOffset + records.length - 1;
      controller.heartbeats.register({ id, epoch: brokerEpoch, fenced: true }, at.nowMs);
      return { records, result: brokerEpoch };
    });
    if (isRefusal(outcome)) {
      // Who asks a controller that is not active just asks again.
      const level = outcome.errorCode === ErrorCode.NOT_CONTROLLER ? "debug" : "warn";
      controller.logger[level]("refused to register a broker", { broker: id, reason: outcome.message });
      return { errorCode: outcome.errorCode };
    }
    controller.logger.info("registered a broker", { broker: id, epoch: outcome.result });
    return { errorCode: ErrorCode.NONE, brokerEpoch: outcome.result };
  });
}

/** What a process that registers has of the one that had its id before. */
function inherited({ config }: ControllerContext, before: BrokerImage, request: BrokerRegistrationRequest) {
  const listener = config.get("inter.broker.listener.name");
  const [old, now] = [before, { endpoints: request.listeners }].map((one) => peerEndpoint(one, listener));
  const hasAddress = old !== undefined && old.host === now?.host && old.port === now.port;
  const hasDirectory = before.logDirs.some((id) => request.logDirs.includes(id));
  return { hasAddress, hasDirectory };
}

/**
 * Whether the process that had the id before has proven to be gone: a log directory belongs to one process, which
 * holds its lock, and so does an address. One of these alone is not enough, since both can be copies, unless its
 * heartbeats have ended too.
 */
function isProvenGone(
  controller: ControllerContext,
  before: BrokerImage,
  request: BrokerRegistrationRequest,
): boolean {
  const { hasAddress, hasDirectory } = inherited(controller, before, request);
  return hasAddress && hasDirectory ||
    (hasAddress || hasDirectory) && !controller.probes.isConnected(before.id);
}

/** Without such a proof the machine where it listened is asked: the epoch of the process that is gone, or null. */
async function probedEpoch(
  controller: ControllerContext,
  request: BrokerRegistrationRequest,
): Promise<number | null> {
  const before = controller.quorum.image.brokers.get(request.brokerId as NodeId);
  if (!controller.isActive || before === undefined) return null;
  if (before.incarnationId === request.incarnationId || isProvenGone(controller, before, request)) {
    return null;
  }
  const { hasAddress } = inherited(controller, before, request);
  return !hasAddress && await controller.probes.isGone(before) ? before.epoch : null;
}

/** The records of a registration; the last one is the registration itself, whose offset is the broker's epoch. */
function registrationRecords(
  controller: ControllerContext,
  { view, image, nowMs, baseOffset }: PlanPoint,
  request: BrokerRegistrationRequest,
  goneEpoch: number | null,
): MetadataRecordDraft[] | Refusal {
  const before = image.brokers.get(request.brokerId as NodeId);
  const isSameProcess = before?.incarnationId === request.incarnationId;
  const problem = requestProblem(controller, request) ?? featureProblem(image.features, request);
  if (problem !== null) return problem;
  // The process before may itself have registered since the request came, and ended while the quorum took its time.
  const isAlive = before !== undefined && before.epoch !== goneEpoch &&
    controller.heartbeats.hasValidSession(before, nowMs) && !isProvenGone(controller, before, request);
  if (isAlive && !isSameProcess && !before.inControlledShutdown) {
    return refuse(
      ErrorCode.DUPLICATE_BROKER_REGISTRATION,
      `Another broker is registered with id ${request.brokerId}, and alive.`,
    );
  }
  const replaced = before === undefined || isSameProcess
    ? []
    : replaceIncarnation(view, before, request.previousBrokerEpoch === before.epoch);
  return [...replaced, {
    type: "RegisterBrokerRecord",
    data: {
      brokerId: request.brokerId,
      incarnationId: request.incarnationId,
      brokerEpoch: baseOffset + replaced.length,
      endPoints: request.listeners,
      features: request.features,
      rack: request.rack,
      fenced: isSameProcess ? before.fenced : true,
      inControlledShutdown: isSameProcess && before.inControlledShutdown,
      logDirs: view.metadataVersion >= MetadataVersion.V3_7_IV2 ? request.logDirs : [],
    },
  }];
}

function requestProblem({ meta }: ControllerContext, request: BrokerRegistrationRequest): Refusal | null {
  const { clusterId, incarnationId, isMigratingZkBroker, logDirs } = request;
  if (clusterId !== meta.clusterId) {
    return refuse(
      ErrorCode.INCONSISTENT_CLUSTER_ID,
      `Expected cluster ID ${meta.clusterId}, but got cluster ID ${clusterId}.`,
    );
  }
  if (isMigratingZkBroker) return refuse(ErrorCode.UNSUPPORTED_VERSION, "ZooKeeper is not supported.");
  if (incarnationId === ZERO_UUID) {
    return refuse(ErrorCode.INVALID_REGISTRATION, "The incarnation id is zero.");
  }
  if (new Set(logDirs).size < logDirs.length) {
    return refuse(ErrorCode.INVALID_REGISTRATION, "A log directory is there more than once.");
  }
  // The first hundred ids mean things such as "unassigned" and "lost" (KIP-858).
  if (logDirs.some(isReserved)) {
    return refuse(ErrorCode.INVALID_REGISTRATION, "A log directory id is reserved.");
  }
  return null;
}

/** Ids whose first 15 bytes are zero, and the sixteenth below 100: 15 bytes are the first 20 characters. */
function isReserved(id: Uuid): boolean {
  return id.startsWith("AAAAAAAAAAAAAAAAAAAA") && id < ("AAAAAAAAAAAAAAAAAAAABk" as Uuid);
}

/** A broker must be able to work at every finalized level. */
function featureProblem(
  features: ReadonlyMap<string, number>,
  request: BrokerRegistrationRequest,
): Refusal | null {
  const supported = new Map(request.features.map((one) => [one.name, one]));
  for (const [name, level] of features) {
    const range = supported.get(name);
    // Version 0 of the request came before features; metadata.version is the one that every broker names.
    if (range === undefined && name !== METADATA_VERSION) continue;
    if (range !== undefined && level >= range.minSupportedVersion && level <= range.maxSupportedVersion) {
      continue;
    }
    const has = range === undefined ? "nothing" : `${range.minSupportedVersion}-${range.maxSupportedVersion}`;
    const message = `Broker ${request.brokerId} supports ${has} of ${name}, but the cluster is at ${level}.`;
    return refuse(ErrorCode.UNSUPPORTED_VERSION, message);
  }
  return null;
}
