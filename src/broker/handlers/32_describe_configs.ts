/**
 * DescribeConfigs (32): every config of a resource with its value, source, type, synonyms and documentation.
 * Resources: topics, brokers (this one by id, or "" for the cluster-wide defaults), groups and client metrics.
 */

import {
  type ConfigRow,
  describeBroker,
  describeClusterDefaults,
  describeTopic,
} from "../../config/describe.ts";
import { describeClientMetrics, describeGroup } from "../../config/describe.ts";
import { brokerConfigs, ConfigResourceType, configsOf, topicConfigs } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  describeConfigs,
  type DescribeConfigsRequest,
  type DescribeConfigsResponse,
} from "../../protocol/messages/32_describe_configs.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { isValidTopicName } from "../topic_names.ts";

type Result = DescribeConfigsResponse["results"][number];
type Resource = DescribeConfigsRequest["resources"][number];

export function describeConfigsHandler(broker: BrokerContext): Handler {
  return handler(describeConfigs, (request) => ({
    results: request.resources.map((resource): Result => {
      const { resourceType, resourceName } = resource;
      const rows = rowsOf(broker, resource);
      if (!Array.isArray(rows)) return { resourceType, resourceName, configs: [], ...rows };
      const wanted = resource.configurationKeys === null ? null : new Set(resource.configurationKeys);
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        resourceType,
        resourceName,
        configs: rows
          .filter((row) => wanted === null || wanted.has(row.name))
          .map((row) => describeRow(row, request)),
      };
    }),
  }));
}

function describeRow(row: ConfigRow, request: DescribeConfigsRequest): Result["configs"][number] {
  return {
    name: row.name,
    value: row.value,
    readOnly: row.isReadOnly,
    configSource: row.source,
    isSensitive: row.isSensitive,
    synonyms: request.includeSynonyms ? row.synonyms : [],
    configType: row.type,
    documentation: request.includeDocumentation ? row.documentation : null,
  };
}

function rowsOf(
  broker: BrokerContext,
  { resourceType, resourceName }: Resource,
): ConfigRow[] | { errorCode: number; errorMessage: string } {
  const { image } = broker.metadata;
  switch (resourceType) {
    case ConfigResourceType.TOPIC:
      if (!isValidTopicName(resourceName)) {
        return {
          errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION,
          errorMessage: `describe configs: "${resourceName}" cannot be the name of a topic`,
        };
      }
      if (broker.metadata.topic(resourceName) === undefined) {
        return {
          errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          errorMessage: `describe configs: there is no topic "${resourceName}"`,
        };
      }
      return describeTopic(broker.config, topicConfigs(image, resourceName));
    case ConfigResourceType.BROKER:
      if (resourceName === "") return describeClusterDefaults(broker.config);
      if (resourceName === String(broker.nodeId)) return describeBroker(broker.config);
      return {
        errorCode: ErrorCode.INVALID_REQUEST,
        errorMessage:
          `describe configs: this is broker ${broker.nodeId}, so ask broker "${resourceName}" itself`,
      };
    case ConfigResourceType.BROKER_LOGGER:
      return resourceName === String(broker.nodeId) ? [] : {
        errorCode: ErrorCode.INVALID_REQUEST,
        errorMessage: `describe configs: this is broker ${broker.nodeId}, not "${resourceName}"`,
      };
    case ConfigResourceType.GROUP:
      return describeGroup(broker.config, configsOf(image, resourceType, resourceName));
    case ConfigResourceType.CLIENT_METRICS:
      return describeClientMetrics(configsOf(image, resourceType, resourceName));
    default:
      return {
        errorCode: ErrorCode.INVALID_REQUEST,
        errorMessage: `describe configs: resource type ${resourceType} is not known`,
      };
  }
}

/** Keeps the broker's dynamic configs in step with the metadata log. */
export function applyBrokerConfigs(
  broker: Pick<BrokerContext, "config" | "nodeId">,
  image: BrokerContext["metadata"]["image"],
): void {
  broker.config.setClusterDefaults(brokerConfigs(image));
  broker.config.setOverrides(brokerConfigs(image, broker.nodeId));
}
