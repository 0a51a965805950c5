/** The configs of one topic, resolved: its own values, then those of its broker under the brokers' names. */

import { type ConfigValue, type Definition, unitOf } from "./definition.ts";
import {
  type BrokerConfigName,
  brokerTable,
  type BrokerValues,
  synonymsOf,
  type TopicConfig,
  type TopicConfigName,
  topicTable,
} from "./table.ts";
import { toMs } from "./units.ts";
import { parseValue } from "./values.ts";

const names = Object.keys(topicTable) as TopicConfigName[];

/** What a broker's configs say about a topic config that the topic does not set itself. */
export function brokerDefault(values: BrokerValues, name: TopicConfigName): ConfigValue {
  const definition: Definition = topicTable[name];
  if (definition.broker === undefined) return definition.fallback;
  for (const synonym of synonymsOf(definition.broker as BrokerConfigName)) {
    const value = values[synonym];
    if (value === null) continue;
    const unit = unitOf(synonym, brokerTable[synonym]);
    if (typeof value !== "number" || (unit !== "hours" && unit !== "minutes")) return value;
    return value < 0 ? -1 : toMs(value, unit);
  }
  return definition.fallback;
}

/** Resolves all configs of a topic into a frozen object. A value that cannot be parsed counts as not set. */
export function resolveTopicConfig(
  broker: BrokerValues,
  overrides: ReadonlyMap<string, string>,
): TopicConfig {
  const values: Record<string, ConfigValue> = {};
  for (const name of names) {
    const text = overrides.get(name);
    const parsed = text === undefined ? undefined : parseValue(name, topicTable[name], text);
    values[name] = parsed?.ok ? parsed.value : brokerDefault(broker, name);
  }
  // Kafka's own tests make tiny segments this way, past the minimum of segment.bytes.
  values["segment.bytes"] = values["internal.segment.bytes"] ?? values["segment.bytes"] ?? null;
  return Object.freeze(values) as TopicConfig;
}
