/** Reads and changes the configs of topics and brokers. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { describeConfigs as describeConfigsApi } from "../../protocol/messages/32_describe_configs.ts";
import {
  incrementalAlterConfigs as alterConfigsApi,
} from "../../protocol/messages/44_incremental_alter_configs.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { callController, type Outcome } from "./call.ts";

/** What has configs, with Kafka's numbers. */
export const ResourceType = { TOPIC: 2, BROKER: 4, CLIENT_METRICS: 16, GROUP: 32 } as const;

export interface ConfigResource {
  readonly type: number;
  /** Of a broker, its id as text. */
  readonly name: string;
}

/** Where a value comes from, in the order of Kafka's numbers. */
const sources = [
  "unknown",
  "topic",
  "broker",
  "cluster",
  "file",
  "default",
  "broker logger",
  "client metrics",
  "group",
] as const;
export type ConfigSource = (typeof sources)[number];

export interface ConfigEntry {
  readonly name: string;
  /** Null when it is a secret or has no value. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  readonly documentation: string | null;
}

/** The configs of a resource, by name. Throws `BrokerError` when there is no such resource. */
export async function describeConfigs(
  cluster: Cluster,
  { type, name }: ConfigResource,
  options: { readonly documentation?: boolean } = {},
): Promise<ConfigEntry[]> {
  const request = {
    resources: [{ resourceType: type, resourceName: name, configurationKeys: null }],
    includeSynonyms: false,
    includeDocumentation: options.documentation ?? false,
  };
  const response = type === ResourceType.BROKER
    ? await cluster.send(Number(name), describeConfigsApi, request)
    : await cluster.sendToAny(describeConfigsApi, request);
  const result = response.results[0];
  if (result === undefined || result.errorCode !== ErrorCode.NONE) {
    const code = result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    throw new BrokerError(`configs of "${name}"`, code, result?.errorMessage ?? null);
  }
  return result.configs.map((one): ConfigEntry => ({
    name: one.name,
    value: one.value,
    source: sources[one.configSource] ?? "unknown",
    isReadOnly: one.readOnly,
    isSensitive: one.isSensitive,
    documentation: one.documentation ?? null,
  })).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The value of one config of many topics, by topic; topics that are gone by now are left out. */
export async function topicConfigValues(
  cluster: Cluster,
  topics: readonly string[],
  config: string,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  if (topics.length === 0) return values;
  const response = await cluster.sendToAny(describeConfigsApi, {
    resources: topics.map((resourceName) => ({
      resourceType: ResourceType.TOPIC,
      resourceName,
      configurationKeys: [config],
    })),
    includeSynonyms: false,
    includeDocumentation: false,
  });
  for (const { resourceName, configs } of response.results) {
    const value = configs.find((one) => one.name === config)?.value ?? null;
    if (value !== null) values.set(resourceName, value);
  }
  return values;
}

/** The value of one config of a broker, as that broker says; null when it has none. */
export async function brokerConfigValue(
  cluster: Cluster,
  brokerId: number,
  config: string,
): Promise<string | null> {
  const { results } = await cluster.send(brokerId, describeConfigsApi, {
    resources: [{
      resourceType: ResourceType.BROKER,
      resourceName: String(brokerId),
      configurationKeys: [config],
    }],
    includeSynonyms: false,
    includeDocumentation: false,
  });
  return results[0]?.configs.find((one) => one.name === config)?.value ?? null;
}

/** A change of one config: another value, or back to the default. */
export type ConfigChange =
  | { readonly name: string; readonly set: string }
  | { readonly name: string; readonly unset: true };

const SET = 0;
const DELETE = 1;

/** Changes some configs of a resource and leaves the others (KIP-339). */
export async function alterConfigs(
  cluster: Cluster,
  { type, name }: ConfigResource,
  changes: readonly ConfigChange[],
): Promise<Outcome> {
  const configs = changes.map((change) =>
    "set" in change
      ? { name: change.name, configOperation: SET, value: change.set }
      : { name: change.name, configOperation: DELETE, value: null }
  );
  const request = {
    resources: [{ resourceType: type, resourceName: name, configs }],
    validateOnly: false,
  };
  const response = type === ResourceType.BROKER
    ? await cluster.send(Number(name), alterConfigsApi, request)
    : await callController(
      cluster,
      alterConfigsApi,
      request,
      ({ responses }) => responses.map((one) => one.errorCode),
    );
  const { errorCode = ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage = null } = response.responses[0] ?? {};
  return { name, errorCode, errorMessage };
}
