/**
 * Checks and changes of the configs that clients set: CreateTopics, AlterConfigs and IncrementalAlterConfigs
 * (KIP-339). A problem is a text in Kafka's words, for the error code INVALID_CONFIG.
 */

import type { Definition } from "./definition.ts";
import { baseName } from "./listener_prefix.ts";
import {
  brokerTable,
  clientMetricsTable,
  definitionIn,
  groupTable,
  type Table,
  topicTable,
} from "./table.ts";
import { formatValue, parseList, parseValue } from "./values.ts";

/** Settings as a request has them; null is what a client sends for "no value". */
export type RequestedSettings = ReadonlyMap<string, string | null>;

function firstProblem(table: Table, kind: string, settings: RequestedSettings): string | null {
  for (const [name, text] of settings) {
    if (text === null) return `Null value not supported for ${kind} configs: ${name}`;
    const definition = definitionIn(table, name);
    if (definition === undefined) return `Unknown ${kind} config name: ${name}`;
    const parsed = parseValue(name, definition, text);
    if (!parsed.ok) return parsed.problem;
  }
  return null;
}

function numberIn(table: Table, settings: RequestedSettings, name: string): number {
  return Number(settings.get(name) ?? definitionIn(table, name)?.fallback);
}

/** What is wrong with a topic's own configs, or null. */
export function validateTopicSettings(settings: RequestedSettings): string | null {
  const problem = firstProblem(topicTable, "topic", settings);
  if (problem !== null) return problem;
  const min = numberIn(topicTable, settings, "min.compaction.lag.ms");
  const max = numberIn(topicTable, settings, "max.compaction.lag.ms");
  if (min > max) {
    return `conflict topic config setting min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`;
  }
  return null;
}

/** What is wrong with a group's own configs, or null. */
export function validateGroupSettings(settings: RequestedSettings): string | null {
  return firstProblem(groupTable, "group", settings);
}

/** What is wrong with the configs of a client metrics subscription, or null. */
export function validateClientMetricsSettings(settings: RequestedSettings): string | null {
  return firstProblem(clientMetricsTable, "client metrics", settings);
}

const perListenerOnly = /^ssl\.(keystore\.|truststore\.|key\.password$)/;

function listed(names: readonly string[]): string {
  return `[${names.join(", ")}]`;
}

/**
 * What is wrong with dynamic configs of one broker, or (`scope` "cluster") of all brokers, or null. As in Kafka, a
 * name that is not in the table is let through: it may belong to a plugin.
 */
export function validateBrokerSettings(
  settings: RequestedSettings,
  scope: "broker" | "cluster",
): string | null {
  const known = new Map<string, Definition>();
  for (const name of settings.keys()) {
    const definition = definitionIn(brokerTable, baseName(name));
    if (definition !== undefined) known.set(name, definition);
  }
  const fixed = [...known].filter(([, { update }]) => update === undefined).map(([name]) => name);
  if (fixed.length > 0) return `Cannot update these configs dynamically: ${listed(fixed)}`;
  const bare = [...known.keys()].filter((name) => perListenerOnly.test(name));
  if (bare.length > 0) {
    return "These security configs can be dynamically updated only per-listener using the listener prefix: " +
      listed(bare);
  }
  for (const [name, definition] of known) {
    const text = settings.get(name) ?? null;
    if (text === null) return `Null value not supported for broker configs: ${name}`;
    const parsed = parseValue(name, definition, text);
    if (!parsed.ok) return parsed.problem;
  }
  if (scope === "broker") return null;
  const perBroker = [...known].filter(([name, { update }]) =>
    update === "per-broker" || name !== baseName(name)
  );
  if (perBroker.length === 0) return null;
  const names = listed(perBroker.map(([name]) => name));
  return `Cannot update these configs at default cluster level, broker id must be specified: ${names}`;
}

/** The operations of IncrementalAlterConfigs, numbered as in the request. */
export const AlterOperation = { set: 0, delete: 1, append: 2, subtract: 3 } as const;
export type AlterOperation = (typeof AlterOperation)[keyof typeof AlterOperation];

/** One change that IncrementalAlterConfigs asks for. */
export interface RequestedChange {
  readonly name: string;
  /** One of {@link AlterOperation}; others are refused. */
  readonly operation: number;
  readonly value: string | null;
}

/** The settings after the changes, or what is wrong with a change. */
export type Altered =
  | { readonly ok: true; readonly settings: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problem: string };

/** The kinds of resources that have configs of their own. */
export type ResourceKind = "topic" | "broker" | "group" | "client-metrics";

const tables: Readonly<Record<ResourceKind, Table>> = {
  "topic": topicTable,
  "broker": brokerTable,
  "group": groupTable,
  "client-metrics": clientMetricsTable,
};

function alteredList(definition: Definition, before: string | undefined, change: RequestedChange): string {
  const elements = [...parseList(before ?? formatValue("list", definition.fallback) ?? "")];
  const named = parseList(change.value ?? "");
  if (change.operation === AlterOperation.subtract) {
    return elements.filter((element) => !named.includes(element)).join(",");
  }
  for (const element of named) {
    if (!elements.includes(element)) elements.push(element);
  }
  return elements.join(",");
}

/**
 * Applies the changes of IncrementalAlterConfigs to what a resource has set itself. The result is not validated yet:
 * give it to the validate function of its kind.
 */
export function applyChanges(
  kind: ResourceKind,
  current: ReadonlyMap<string, string>,
  changes: readonly RequestedChange[],
): Altered {
  const settings = new Map(current);
  for (const change of changes) {
    const { name, operation, value } = change;
    if (operation === AlterOperation.delete) {
      settings.delete(name);
      continue;
    }
    if (value === null) {
      return { ok: false, problem: `Null value not supported for ${kind} configs: ${name}` };
    }
    if (operation === AlterOperation.set) {
      settings.set(name, value);
      continue;
    }
    if (operation !== AlterOperation.append && operation !== AlterOperation.subtract) {
      return { ok: false, problem: `Unknown operation ${operation} for config ${name}` };
    }
    const definition = definitionIn(tables[kind], baseName(name));
    if (definition?.type !== "list") {
      const verb = operation === AlterOperation.append ? "APPEND" : "SUBTRACT";
      return { ok: false, problem: `Can't ${verb} to key ${name} because its type is not LIST.` };
    }
    settings.set(name, alteredList(definition, settings.get(name), change));
  }
  return { ok: true, settings };
}
