/** Checks shared by AlterConfigs and IncrementalAlterConfigs: which resources there are, and what may be set. */

import {
  type ResourceKind,
  validateBrokerSettings,
  validateClientMetricsSettings,
  validateGroupSettings,
  validateTopicSettings,
} from "../config/alter.ts";
import type { NodeId } from "../core/ids.ts";
import { configResourceKey, ConfigResourceType, type MetadataImage } from "../metadata/image.ts";
import { topicNameProblem } from "../metadata/topic_names.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { ClusterView } from "./cluster_view.ts";
import { type Refusal, refuse } from "./outcome.ts";

/** A resource as requests name it. */
export interface RequestedResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

const kinds: Readonly<Record<number, ResourceKind>> = {
  [ConfigResourceType.TOPIC]: "topic",
  [ConfigResourceType.BROKER]: "broker",
  [ConfigResourceType.GROUP]: "group",
  [ConfigResourceType.CLIENT_METRICS]: "client-metrics",
};

/** The kind of a resource that exists, or why its configs cannot be changed. */
export function resourceKind(image: MetadataImage, resource: RequestedResource): ResourceKind | Refusal {
  const { resourceType, resourceName } = resource;
  const kind = kinds[resourceType];
  switch (kind) {
    case "topic": {
      const invalid = topicNameProblem(resourceName);
      if (invalid !== null) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, invalid);
      if (image.topics.byName.has(resourceName)) return kind;
      return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${resourceName}' does not exist.`);
    }
    case "broker":
      return brokerProblem(image, resourceName) ?? kind;
    case "group":
    case "client-metrics":
      if (resourceName !== "") return kind;
      return refuse(ErrorCode.INVALID_REQUEST, `The name of a ${kind} resource must not be empty.`);
    default:
      return refuse(ErrorCode.INVALID_REQUEST, `Unexpected resource type ${resourceType}.`);
  }
}

/** The empty name stands for all brokers; others must be registered as brokers or controllers. */
function brokerProblem(image: MetadataImage, name: string): Refusal | null {
  if (name === "") return null;
  const id = Number(name) as NodeId;
  if (!/^\d+$/.test(name)) {
    return refuse(ErrorCode.INVALID_REQUEST, `Unable to parse broker name '${name}' as a number.`);
  }
  if (image.brokers.has(id) || image.controllers.has(id)) return null;
  return refuse(ErrorCode.BROKER_ID_NOT_REGISTERED, `No node with id ${id} found.`);
}

/** Why a resource may not have these settings, or null. */
export function settingsProblem(
  kind: ResourceKind,
  resource: RequestedResource,
  settings: {
    readonly before: ReadonlyMap<string, string>;
    readonly after: ReadonlyMap<string, string | null>;
  },
  view: ClusterView,
): Refusal | null {
  const { after } = settings;
  const isCluster = kind === "broker" && resource.resourceName === "";
  const complaint = {
    "topic": () => validateTopicSettings(after),
    "broker": () => validateBrokerSettings(after, isCluster ? "cluster" : "broker"),
    "group": () => validateGroupSettings(after),
    "client-metrics": () => validateClientMetricsSettings(after),
  }[kind]();
  if (complaint !== null) return refuse(ErrorCode.INVALID_CONFIG, complaint);
  return kind === "broker" && view.isElrEnabled ? minIsrProblem(settings, isCluster) : null;
}

/** With eligible leader replicas all brokers must agree on the number (KIP-966). */
function minIsrProblem(
  { before, after }: {
    readonly before: ReadonlyMap<string, string>;
    readonly after: ReadonlyMap<string, string | null>;
  },
  isCluster: boolean,
): Refusal | null {
  const name = "min.insync.replicas";
  if (!isCluster && after.has(name) && before.get(name) !== after.get(name)) {
    return refuse(ErrorCode.INVALID_CONFIG, `Broker-level ${name} cannot be altered while ELR is enabled.`);
  }
  if (isCluster && before.has(name) && !after.has(name)) {
    return refuse(ErrorCode.INVALID_CONFIG, `Cluster-level ${name} cannot be removed while ELR is enabled.`);
  }
  return null;
}

/** The resources that a request names more than once. */
export function repeatedResources(resources: readonly RequestedResource[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { resourceType, resourceName } of resources) {
    const key = configResourceKey(resourceType, resourceName);
    if (seen.has(key)) repeated.add(key);
    seen.add(key);
  }
  return repeated;
}
