/** The whole table of configs: what Kafka 4.3 lists for brokers, topics, groups and client metrics, and our own. */

import type { Definition, ValueOf } from "./definition.ts";
import { clientMetricsConfigs } from "./table/client_metrics.ts";
import { groupConfigs } from "./table/group.ts";
import { groupResourceConfigs } from "./table/group_resource.ts";
import { httpConfigs } from "./table/http.ts";
import { logConfigs } from "./table/log.ts";
import { networkConfigs } from "./table/network.ts";
import { nodeConfigs } from "./table/node.ts";
import { operationsConfigs } from "./table/operations.ts";
import { quorumConfigs } from "./table/quorum.ts";
import { remoteStorageConfigs } from "./table/remote_storage.ts";
import { replicationConfigs } from "./table/replication.ts";
import { saslConfigs } from "./table/sasl.ts";
import { securityConfigs } from "./table/security.ts";
import { shareGroupConfigs } from "./table/share_group.ts";
import { sluiceConfigs } from "./table/sluice.ts";
import { streamsGroupConfigs } from "./table/streams_group.ts";
import { topicConfigs } from "./table/topic.ts";
import { transactionConfigs } from "./table/transaction.ts";

/** The configs of brokers and controllers, by area, in the order the documentation has them. */
export const brokerAreas = {
  "Sluice": sluiceConfigs,
  "HTTP": httpConfigs,
  "Node": nodeConfigs,
  "Listeners and requests": networkConfigs,
  "Log": logConfigs,
  "Consumer groups": groupConfigs,
  "Replication": replicationConfigs,
  "Quorum and metadata": quorumConfigs,
  "Transactions": transactionConfigs,
  "Quotas and metrics": operationsConfigs,
  "Security": securityConfigs,
  "SASL": saslConfigs,
  "Streams groups": streamsGroupConfigs,
  "Share groups": shareGroupConfigs,
  "Tiered storage": remoteStorageConfigs,
} as const;

export const brokerTable = {
  ...sluiceConfigs,
  ...httpConfigs,
  ...nodeConfigs,
  ...networkConfigs,
  ...logConfigs,
  ...groupConfigs,
  ...replicationConfigs,
  ...quorumConfigs,
  ...transactionConfigs,
  ...operationsConfigs,
  ...securityConfigs,
  ...saslConfigs,
  ...streamsGroupConfigs,
  ...shareGroupConfigs,
  ...remoteStorageConfigs,
} as const;

export const topicTable = topicConfigs;
export const groupTable = groupResourceConfigs;
export const clientMetricsTable = clientMetricsConfigs;

/** The name of a broker or controller config. */
export type BrokerConfigName = keyof typeof brokerTable;
/** The name of a topic config. */
export type TopicConfigName = keyof typeof topicTable;

/** The values of all broker configs, under Kafka's names. */
export type BrokerValues = {
  readonly [Name in BrokerConfigName]: ValueOf<(typeof brokerTable)[Name]>;
};
/** The values of all configs of one topic, under Kafka's names. */
export type TopicConfig = { readonly [Name in TopicConfigName]: ValueOf<(typeof topicTable)[Name]> };

/** Any part of the table, when the names are not known beforehand. */
export type Table = Readonly<Record<string, Definition>>;

/**
 * Broker configs that mean the same in other units or by another way: the first one that is set counts. Kafka's
 * DescribeConfigs lists them as synonyms.
 */
export const sameMeaning: readonly (readonly BrokerConfigName[])[] = [
  ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
  ["log.roll.ms", "log.roll.hours"],
  ["log.roll.jitter.ms", "log.roll.jitter.hours"],
  ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
];

const synonyms = new Map<string, readonly BrokerConfigName[]>();
for (const group of sameMeaning) {
  for (const name of group) synonyms.set(name, group);
}

/** The names under which a broker config can be set, the strongest first; just its own for most. */
export function synonymsOf(name: BrokerConfigName): readonly BrokerConfigName[] {
  return synonyms.get(name) ?? [name];
}

/** The row of a name in a part of the table. */
export function definitionIn(table: Table, name: string): Definition | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
