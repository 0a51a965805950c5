/** ListConfigResources (74): resources that have configs. v0: client metrics only (KIP-714); v1: any type (KIP-1142). */

import { ConfigResourceType, parseConfigResourceKey } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { listConfigResources } from "../../protocol/messages/74_list_config_resources.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

const allTypes: readonly number[] = Object.values(ConfigResourceType);

export function listConfigResourcesHandler(broker: BrokerContext): Handler {
  return handler(listConfigResources, (request, context) => {
    const asked = context.apiVersion === 0 ? [ConfigResourceType.CLIENT_METRICS] : request.resourceTypes;
    const types = new Set(asked.length === 0 ? allTypes : asked);
    if ([...types].some((type) => !allTypes.includes(type))) {
      return { errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] };
    }
    const { image } = broker.metadata;
    const found: { resourceType: number; resourceName: string }[] = [];
    const add = (resourceType: number, resourceName: string) => found.push({ resourceType, resourceName });
    if (types.has(ConfigResourceType.TOPIC)) {
      for (const name of image.topics.byName.keys()) add(ConfigResourceType.TOPIC, name);
    }
    for (const type of [ConfigResourceType.BROKER, ConfigResourceType.BROKER_LOGGER]) {
      if (types.has(type)) { for (const id of image.brokers.keys()) add(type, String(id)); }
    }
    for (const key of image.configs.keys()) {
      const { type, name } = parseConfigResourceKey(key);
      const listed = type === ConfigResourceType.GROUP || type === ConfigResourceType.CLIENT_METRICS;
      if (listed && types.has(type)) add(type, name);
    }
    return { errorCode: ErrorCode.NONE, configResources: found };
  });
}
