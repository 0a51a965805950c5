/** The rows that DescribeConfigs answers with (KIP-133, KIP-226, KIP-569), as Kafka builds them. */

import type { BrokerConfig } from "./broker_config.ts";
import type { ConfigType, ConfigValue, Definition } from "./definition.ts";
import { baseName } from "./listener_prefix.ts";
import {
  type BrokerConfigName,
  brokerTable,
  clientMetricsTable,
  definitionIn,
  groupTable,
  synonymsOf,
  type Table,
  type TopicConfigName,
  topicTable,
} from "./table.ts";
import { brokerDefault } from "./topic_config.ts";
import { formatValue, parseValue } from "./values.ts";

/** Where a value comes from, numbered as in DescribeConfigsResponse. */
export const ConfigSource = {
  topic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  dynamicBrokerLogger: 6,
  clientMetrics: 7,
  group: 8,
} as const;
export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource];

/** The types of values, numbered as in DescribeConfigsResponse. */
const typeNumbers: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

/** One name and value that a config has or could have had, the strongest first. */
export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

/** One config of a resource. */
export interface ConfigRow {
  readonly name: string;
  /** Null when not set or not to be shown. */
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  /** Kafka's number of the type; 0 when unknown. */
  readonly type: number;
  readonly documentation: string;
  readonly synonyms: readonly ConfigSynonym[];
}

/** The part of a row that the table gives. A config that the table does not have could be anything, so is hidden. */
function describe(name: string, definition: Definition | undefined, value: string | null) {
  const isSensitive = definition === undefined || definition.type === "password";
  return {
    name,
    value: isSensitive ? null : value,
    isSensitive,
    type: definition === undefined ? 0 : typeNumbers[definition.type],
    documentation: definition === undefined ? "" : documentationOf(definition),
  };
}

/** The sentence of a config and, where Sluice does not act on it, the sentence that says so. */
export function documentationOf(definition: Definition): string {
  const differs = definition.differs === undefined ? "" : ` ${definition.differs}`;
  const acts = definition.acts ? "" : " Sluice does not act on it yet.";
  return definition.doc + differs + acts;
}

/** What names a broker config can be set by, in layers from the strongest; names weaker than `name` follow it. */
function brokerSynonyms(config: BrokerConfig, name: string): ConfigSynonym[] {
  const base = baseName(name);
  const known = Object.hasOwn(brokerTable, base) ? base as BrokerConfigName : undefined;
  const names: string[] = name === base ? [] : [name];
  names.push(...(known === undefined ? [base] : synonymsOf(known)));
  const isHidden = known === undefined || brokerTable[known].type === "password";
  const found: ConfigSynonym[] = [];
  const add = (source: ConfigSource, valueOf: (synonym: string) => string | null | undefined) => {
    for (const synonym of names) {
      const value = valueOf(synonym);
      if (value === null || value === undefined) continue;
      found.push({ name: synonym, value: isHidden ? null : value, source });
    }
  };
  add(ConfigSource.dynamicBroker, (synonym) => config.overrides.get(synonym));
  add(ConfigSource.dynamicDefaultBroker, (synonym) => config.clusterDefaults.get(synonym));
  add(ConfigSource.staticBroker, (synonym) => config.statics.get(synonym)?.text);
  add(ConfigSource.default, (synonym) => {
    const definition = definitionIn(brokerTable, synonym);
    return definition && formatValue(definition.type, config.defaultOf(synonym as BrokerConfigName));
  });
  const first = found.findIndex((synonym) => synonym.name === name);
  return first < 0 ? [] : found.slice(first);
}

function isReadOnly(name: string): boolean {
  const definition = definitionIn(brokerTable, baseName(name));
  return definition === undefined || definition.update === undefined;
}

function brokerRow(config: BrokerConfig, name: string): ConfigRow {
  const synonyms = brokerSynonyms(config, name);
  const definition = definitionIn(brokerTable, name);
  const value = definition === undefined
    ? synonyms[0]?.value ?? null
    : formatValue(definition.type, config.values[name as BrokerConfigName]);
  return {
    ...describe(name, definitionIn(brokerTable, baseName(name)), value),
    source: synonyms[0]?.source ?? ConfigSource.default,
    isReadOnly: isReadOnly(name),
    synonyms,
  };
}

/** All configs of a broker or controller; internal ones and those of single listeners only when set. */
export function describeBroker(config: BrokerConfig): ConfigRow[] {
  const table: Table = brokerTable;
  const names = new Set(Object.keys(table).filter((name) => !table[name]?.internal));
  for (const layer of [config.statics, config.clusterDefaults, config.overrides]) {
    for (const name of layer.keys()) names.add(name);
  }
  return [...names].map((name) => brokerRow(config, name));
}

/** What is set for all brokers of the cluster: the resource of type broker with an empty name. */
export function describeClusterDefaults(config: BrokerConfig): ConfigRow[] {
  return [...config.clusterDefaults].map(([name, text]) => {
    const row = describe(name, definitionIn(brokerTable, baseName(name)), text);
    const source = ConfigSource.dynamicDefaultBroker;
    const synonyms = [{ name, value: row.value, source }];
    return { ...row, source, isReadOnly: isReadOnly(name), synonyms };
  });
}

interface ResourceKind {
  readonly table: Table;
  /** The source of a value that the resource sets itself. */
  readonly own: ConfigSource;
  readonly synonymsOf: (name: string, definition: Definition) => readonly ConfigSynonym[];
  readonly defaultOf: (name: string, definition: Definition) => ConfigValue;
}

function describeResource(kind: ResourceKind, settings: ReadonlyMap<string, string>): ConfigRow[] {
  const rows: ConfigRow[] = [];
  for (const [name, definition] of Object.entries(kind.table)) {
    const text = settings.get(name);
    if (definition.internal && text === undefined) continue;
    const parsed = text === undefined ? undefined : parseValue(name, definition, text);
    const value = formatValue(definition.type, parsed?.ok ? parsed.value : kind.defaultOf(name, definition));
    const inherited = kind.synonymsOf(name, definition);
    const synonyms = text === undefined ? inherited : [{ name, value, source: kind.own }, ...inherited];
    const source = synonyms[0]?.source ?? ConfigSource.default;
    rows.push({ ...describe(name, definition, value), source, isReadOnly: false, synonyms });
  }
  return rows;
}

/** All configs of a topic with these `overrides` of its own. */
export function describeTopic(config: BrokerConfig, overrides: ReadonlyMap<string, string>): ConfigRow[] {
  return describeResource({
    table: topicTable,
    own: ConfigSource.topic,
    synonymsOf: (_name, { broker }) => broker === undefined ? [] : brokerSynonyms(config, broker),
    defaultOf: (name) => brokerDefault(config.values, name as TopicConfigName),
  }, overrides);
}

/** All configs of a group with these `overrides` of its own. */
export function describeGroup(config: BrokerConfig, overrides: ReadonlyMap<string, string>): ConfigRow[] {
  return describeResource({
    table: groupTable,
    own: ConfigSource.group,
    synonymsOf: (name, { broker, type, fallback }) =>
      broker === undefined
        ? [{ name, value: formatValue(type, fallback), source: ConfigSource.default }]
        : brokerSynonyms(config, broker),
    defaultOf: (_name, { broker, fallback }) =>
      broker === undefined ? fallback : config.values[broker as BrokerConfigName],
  }, overrides);
}

/** All configs of a client metrics subscription with these `settings`. */
export function describeClientMetrics(settings: ReadonlyMap<string, string>): ConfigRow[] {
  return describeResource({
    table: clientMetricsTable,
    own: ConfigSource.clientMetrics,
    synonymsOf: () => [],
    defaultOf: (_name, { fallback }) => fallback,
  }, settings);
}
