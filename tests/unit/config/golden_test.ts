// Compares the table with what Apache Kafka 4.3 says about its own configs (tests/golden/kafka_configs.json).

import assert from "node:assert/strict";
import { BrokerConfig } from "../../../src/config/broker_config.ts";
import type { Definition } from "../../../src/config/definition.ts";
import {
  type ConfigRow,
  ConfigSource,
  describeBroker,
  describeClientMetrics,
  describeClusterDefaults,
  describeGroup,
  describeTopic,
} from "../../../src/config/describe.ts";
import {
  brokerTable,
  clientMetricsTable,
  groupTable,
  type Table,
  topicTable,
} from "../../../src/config/table.ts";
import { formatValue } from "../../../src/config/values.ts";
import golden from "../../golden/kafka_configs.json" with { type: "json" };

interface GoldenDefinition {
  readonly name: string;
  readonly type: string;
  readonly default?: string | null;
  readonly valid?: string;
  readonly required?: boolean;
  readonly internal?: boolean;
}

interface GoldenRow {
  readonly name: string;
  readonly value: string | null;
  readonly type: string;
  readonly source: string;
  readonly sensitive: boolean;
  readonly readOnly: boolean;
  readonly synonyms: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly source: string;
  }[];
}

const typeNames = [
  "UNKNOWN",
  "BOOLEAN",
  "STRING",
  "INT",
  "SHORT",
  "LONG",
  "DOUBLE",
  "LIST",
  "CLASS",
  "PASSWORD",
];
const sourceNames: Record<number, string> = {
  [ConfigSource.topic]: "DYNAMIC_TOPIC_CONFIG",
  [ConfigSource.dynamicBroker]: "DYNAMIC_BROKER_CONFIG",
  [ConfigSource.dynamicDefaultBroker]: "DYNAMIC_DEFAULT_BROKER_CONFIG",
  [ConfigSource.staticBroker]: "STATIC_BROKER_CONFIG",
  [ConfigSource.default]: "DEFAULT_CONFIG",
  [ConfigSource.clientMetrics]: "DYNAMIC_CLIENT_METRICS_CONFIG",
  [ConfigSource.group]: "DYNAMIC_GROUP_CONFIG",
};

/** Kafka keeps these outside its table and takes them only while it runs. */
const dynamicOnly = [
  "leader.replication.throttled.rate",
  "follower.replication.throttled.rate",
  "replica.alter.log.dirs.io.max.bytes.per.second",
];

const definitions = golden.definitions as unknown as {
  readonly broker: readonly GoldenDefinition[];
  readonly topic: readonly GoldenDefinition[];
  readonly group: readonly GoldenDefinition[];
  readonly clientMetrics: readonly GoldenDefinition[];
  readonly brokerUpdateModes: Readonly<Record<string, string>>;
  readonly topicSynonyms: Readonly<Record<string, readonly string[]>>;
  readonly groupSynonyms: Readonly<Record<string, string | null>>;
};
type GoldenRows = Readonly<
  Record<"broker" | "clusterDefault" | "topic" | "topicOverridden" | "group", GoldenRow[]>
>;
const described = golden.described as unknown as GoldenRows & {
  readonly clientMetrics: GoldenRow[];
  readonly afterDynamicChanges: GoldenRows & { readonly clientMetrics: GoldenRow[] };
};

function kafkaDefault(definition: Definition): string | null {
  return definition.kafkaDefault === undefined
    ? formatValue(definition.type, definition.fallback)
    : definition.kafkaDefault;
}

/** The bounds and choices of a row in the form that Kafka prints them in. */
function boundsOf({ min, max, orElse }: Definition): string {
  if (min === undefined) return "";
  if (max === undefined) return `[${min},...]`;
  return `[${min},...,${max}]${orElse === undefined ? "" : ` or ${orElse}`}`;
}

function compareTables(table: Table, kafka: readonly GoldenDefinition[]) {
  const ours = Object.keys(table).filter((name) => !table[name]?.own && !dynamicOnly.includes(name));
  assert.deepEqual(ours.toSorted(), kafka.map((row) => row.name).toSorted());
  for (const row of kafka) {
    const definition = table[row.name]!;
    assert.equal(definition.type.toUpperCase(), row.type, row.name);
    assert.equal(kafkaDefault(definition), row.required ? null : row.default ?? null, row.name);
    assert.equal(definition.internal ?? false, row.internal ?? false, `${row.name} internal`);
    const valid = row.valid ?? "";
    if (valid.includes("...") && !valid.includes("partitionId")) {
      assert.equal(boundsOf(definition), valid, row.name);
    } else if (/^(\(case insensitive\) )?\[/.test(valid) && !valid.includes(":")) {
      const choices = valid.slice(valid.indexOf("[") + 1, -1).split(", ");
      const lower = (texts: readonly string[]) => texts.map((text) => text.toLowerCase()).toSorted();
      assert.deepEqual(lower(definition.choices ?? []), lower(choices), row.name);
    }
  }
}

Deno.test("the table has Kafka's configs with their types, defaults, bounds and choices", () => {
  compareTables(brokerTable, definitions.broker);
  compareTables(topicTable, definitions.topic);
  compareTables(groupTable, definitions.group);
  compareTables(clientMetricsTable, definitions.clientMetrics);
});

Deno.test("broker configs can be updated as in Kafka (KIP-226)", () => {
  for (const { name } of definitions.broker) {
    const definition: Definition = brokerTable[name as keyof typeof brokerTable];
    assert.equal(definition.update, definitions.brokerUpdateModes[name], name);
  }
});

Deno.test("topic and group configs follow the same broker configs as in Kafka", () => {
  for (const { name } of definitions.topic) {
    assert.equal((topicTable as Table)[name]!.broker, definitions.topicSynonyms[name]?.[0], name);
  }
  for (const { name } of definitions.group) {
    assert.equal((groupTable as Table)[name]!.broker ?? null, definitions.groupSynonyms[name] ?? null, name);
  }
});

Deno.test("every difference from Kafka says why", () => {
  for (const [name, row] of Object.entries(brokerTable as Table)) {
    if (row.kafkaDefault !== undefined || row.singleNode !== undefined) assert.ok(row.differs, name);
  }
});

/** A row of ours in the form of the golden file. */
function asGolden(row: ConfigRow): GoldenRow {
  return {
    name: row.name,
    value: row.value,
    type: typeNames[row.type]!,
    source: sourceNames[row.source]!,
    sensitive: row.isSensitive,
    readOnly: row.isReadOnly,
    synonyms: row.synonyms.map(({ name, value, source }) => ({ name, value, source: sourceNames[source]! })),
  };
}

/** Compares rows by name, leaving out our own configs and those whose default is ours on purpose. */
function compareRows(ours: readonly ConfigRow[], kafka: readonly GoldenRow[], table: Table) {
  const rows = new Map(ours.map((row) => [row.name, asGolden(row)]));
  for (const expected of kafka) {
    const row = rows.get(expected.name);
    rows.delete(expected.name);
    if (table[expected.name]?.kafkaDefault !== undefined) continue;
    assert.deepEqual(row, expected, expected.name);
  }
  const extra = [...rows.keys()].filter((name) => !table[name]?.own);
  assert.deepEqual(extra, []);
}

/** The settings of the broker that the golden file was recorded from, as far as they are not the table's defaults. */
function recordedBroker(): BrokerConfig {
  const config = new BrokerConfig(
    new Map(
      described.broker
        .filter((row) => row.source === "STATIC_BROKER_CONFIG")
        .map((row) => [row.name, { text: row.value ?? "", origin: "file" }]),
    ),
  );
  config.setClusterDefaults(new Map(described.clusterDefault.map((row) => [row.name, row.value ?? ""])));
  return config;
}

function settingsIn(rows: readonly GoldenRow[], source: string): Map<string, string> {
  return new Map(
    rows.flatMap((row) => row.synonyms)
      .filter((synonym) => synonym.source === source)
      .map((synonym) => [synonym.name, synonym.value ?? ""]),
  );
}

Deno.test("DescribeConfigs answers as Kafka does for a broker with defaults", () => {
  const config = recordedBroker();
  compareRows(describeBroker(config), described.broker, brokerTable);
  compareRows(describeClusterDefaults(config), described.clusterDefault, brokerTable);
  compareRows(describeTopic(config, new Map()), described.topic, topicTable);
  const overridden = settingsIn(described.topicOverridden, "DYNAMIC_TOPIC_CONFIG");
  compareRows(describeTopic(config, overridden), described.topicOverridden, topicTable);
  compareRows(describeGroup(config, new Map()), described.group, groupTable);
  compareRows(describeClientMetrics(new Map()), described.clientMetrics, clientMetricsTable);
});

Deno.test("DescribeConfigs answers as Kafka does after dynamic changes (KIP-226)", () => {
  const after = described.afterDynamicChanges;
  const config = recordedBroker();
  const defaults = settingsIn(after.clusterDefault, "DYNAMIC_DEFAULT_BROKER_CONFIG");
  config.setClusterDefaults(new Map([...config.clusterDefaults, ...defaults]));
  config.setOverrides(settingsIn(after.broker, "DYNAMIC_BROKER_CONFIG"));
  const changed = (rows: readonly ConfigRow[], golden: readonly GoldenRow[]) =>
    rows.filter((row) => golden.some(({ name }) => name === row.name));
  const overridden = settingsIn(after.topicOverridden, "DYNAMIC_TOPIC_CONFIG");
  const group = settingsIn(after.group, "DYNAMIC_GROUP_CONFIG");
  const metrics = settingsIn(after.clientMetrics, "DYNAMIC_CLIENT_METRICS_CONFIG");
  compareRows(changed(describeBroker(config), after.broker), after.broker, brokerTable);
  compareRows(
    changed(describeClusterDefaults(config), after.clusterDefault),
    after.clusterDefault,
    brokerTable,
  );
  compareRows(changed(describeTopic(config, new Map()), after.topic), after.topic, topicTable);
  compareRows(
    changed(describeTopic(config, overridden), after.topicOverridden),
    after.topicOverridden,
    topicTable,
  );
  compareRows(changed(describeGroup(config, group), after.group), after.group, groupTable);
  compareRows(
    changed(describeClientMetrics(metrics), after.clientMetrics),
    after.clientMetrics,
    clientMetricsTable,
  );
});
