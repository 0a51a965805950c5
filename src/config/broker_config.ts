/**
 * The configs of one broker or controller: what was set at start (static), what was set for the whole cluster and
 * for this broker while it runs (dynamic, KIP-226), and the defaults. All values are resolved once per change into a
 * frozen object, so that reading one on a hot path is a property access.
 */

import { assert } from "../core/assert.ts";
import type { ConfigValue, Definition } from "./definition.ts";
import {
  type BrokerConfigName,
  brokerTable,
  type BrokerValues,
  definitionIn,
  type TopicConfig,
} from "./table.ts";
import { resolveTopicConfig } from "./topic_config.ts";
import { parseValue } from "./values.ts";

/** Where a static value came from. */
export type StaticOrigin = "flag" | "environment" | "file" | "program";

/** A value set before the start. `text` is in Kafka's plain form. */
export interface StaticSetting {
  readonly text: string;
  readonly origin: StaticOrigin;
}

/** Static settings by name, checked by the loader. */
export type StaticSettings = ReadonlyMap<string, StaticSetting>;

/** Dynamic settings by name, as the metadata log has them. */
export type Overrides = ReadonlyMap<string, string>;

/** Is told which broker configs have another value now. */
export type ConfigListener = (changed: readonly BrokerConfigName[], values: BrokerValues) => void;

const none: Overrides = new Map();
const names = Object.keys(brokerTable) as BrokerConfigName[];

export class BrokerConfig {
  readonly statics: StaticSettings;
  /** Whether this node begins as its own quorum: no other nodes are named. */
  readonly isSingleNode: boolean;
  #clusterDefaults = none;
  #overrides = none;
  #values: BrokerValues;
  #listeners = new Set<ConfigListener>();

  constructor(statics: StaticSettings = new Map()) {
    this.statics = statics;
    const isSet = (name: BrokerConfigName) => (statics.get(name)?.text ?? "") !== "";
    this.isSingleNode = !isSet("controller.quorum.voters") && !isSet("controller.quorum.bootstrap.servers") &&
      !isSet("cluster.join");
    this.#values = this.#resolve();
  }

  /** A config made by a program, from plain Kafka values: for tests and the simulator. Throws on a wrong value. */
  static of(settings: Readonly<Partial<Record<BrokerConfigName, string | number | boolean>>>): BrokerConfig {
    const statics = new Map<string, StaticSetting>();
    for (const [name, value] of Object.entries(settings)) {
      const definition = definitionIn(brokerTable, name);
      assert(definition !== undefined, `${name} is a broker config`);
      const parsed = parseValue(name, definition, String(value));
      assert(parsed.ok, parsed.ok ? "" : parsed.problem);
      statics.set(name, { text: String(value), origin: "program" });
    }
    return new BrokerConfig(statics);
  }

  /** All values now, frozen; another object after every change. */
  get values(): BrokerValues {
    return this.#values;
  }

  /** The value of one config now. */
  get<Name extends BrokerConfigName>(name: Name): BrokerValues[Name] {
    return this.#values[name];
  }

  /** What was set for all brokers of the cluster. */
  get clusterDefaults(): Overrides {
    return this.#clusterDefaults;
  }

  /** What was set for this broker. */
  get overrides(): Overrides {
    return this.#overrides;
  }

  /** Replaces what is set for all brokers and tells the listeners what changed. */
  setClusterDefaults(settings: Overrides): void {
    if (isSame(this.#clusterDefaults, settings)) return;
    this.#clusterDefaults = new Map(settings);
    this.#refresh();
  }

  /** Replaces what is set for this broker and tells the listeners what changed. */
  setOverrides(settings: Overrides): void {
    if (isSame(this.#overrides, settings)) return;
    this.#overrides = new Map(settings);
    this.#refresh();
  }

  /** Calls `listener` after every change until the returned function is called. */
  onChange(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The values of a topic: its own `overrides`, then what its broker says. Wrong values count as not set. */
  topic(overrides: Overrides = none): TopicConfig {
    return resolveTopicConfig(this.#values, overrides);
  }

  /** The default of a config on this node. */
  defaultOf(name: BrokerConfigName): ConfigValue {
    const definition: Definition = brokerTable[name];
    return this.isSingleNode && definition.singleNode !== undefined
      ? definition.singleNode
      : definition.fallback;
  }

  #refresh(): void {
    const before = this.#values;
    this.#values = this.#resolve();
    const changed = names.filter((name) => String(before[name]) !== String(this.#values[name]));
    if (changed.length === 0) return;
    for (const listener of this.#listeners) listener(changed, this.#values);
  }

  #resolve(): BrokerValues {
    const values: Record<string, ConfigValue> = {};
    for (const name of names) values[name] = this.#valueOf(name);
    return Object.freeze(values) as BrokerValues;
  }

  #valueOf(name: BrokerConfigName): ConfigValue {
    const definition: Definition = brokerTable[name];
    if (definition.update !== undefined) {
      for (const layer of [this.#overrides, this.#clusterDefaults]) {
        const text = layer.get(name);
        if (text === undefined) continue;
        const parsed = parseValue(name, definition, text);
        if (parsed.ok) return parsed.value;
      }
    }
    const setting = this.statics.get(name);
    if (setting !== undefined) {
      const parsed = parseValue(name, definition, setting.text);
      if (parsed.ok) return parsed.value;
    }
    return this.defaultOf(name);
  }
}

function isSame(one: Overrides, other: Overrides): boolean {
  if (one.size !== other.size) return false;
  for (const [name, text] of one) if (other.get(name) !== text) return false;
  return true;
}
