/**
 * Puts the static configs of a node together: flags over environment over file over defaults. Wrong values and
 * unknown names are refused all at once, each with what was wanted.
 */

import { UsageError } from "../core/errors.ts";
import { BrokerConfig, type StaticOrigin, type StaticSetting } from "./broker_config.ts";
import type { Definition } from "./definition.ts";
import { parseHumanValue } from "./human_values.ts";
import { baseName } from "./listener_prefix.ts";
import { parseProperties } from "./properties_file.ts";
import { nearest } from "./suggest.ts";
import { brokerTable, definitionIn, sameMeaning, topicTable } from "./table.ts";
import { formatValue } from "./values.ts";
import { parseYamlConfig } from "./yaml_file.ts";

/** What {@link loadConfig} reads; everything is optional. */
export interface ConfigSources {
  /** Config names and values from the command line. */
  readonly flags?: Iterable<readonly [string, string]>;
  /** The process's environment; only names that begin with SLUICE_ are looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The config file: YAML, or Kafka's format when `name` ends with .properties. */
  readonly file?: { readonly name: string; readonly text: string };
}

export interface LoadedConfig {
  readonly config: BrokerConfig;
  /** Sentences about settings that were left out. */
  readonly warnings: readonly string[];
}

/** Names of the environment that begin with SLUICE_ and are not configs. */
const otherVariables = new Set(["SLUICE_BOOTSTRAP", "SLUICE_CONFIG"]);
/** What Kubernetes sets in every container beside a service that is called sluice. */
const kubernetesVariable = /^SLUICE_(.+_)?(SERVICE_(HOST|PORT)|PORT)(_.+)?$/;

/** The variable that sets a config: `log.segment.bytes` is SLUICE_LOG_SEGMENT_BYTES. */
export function environmentName(configName: string): string {
  return `SLUICE_${configName.replaceAll(".", "_").toUpperCase()}`;
}

function unknownName(name: string): string {
  const topicRow = definitionIn(topicTable, name);
  if (topicRow?.broker !== undefined) {
    return `${name}: is a config of topics; a broker's default for it is ${topicRow.broker}`;
  }
  const suggestion = nearest(name, Object.keys(brokerTable));
  return `${name}: is not a config` + (suggestion === null ? "" : `; did you mean ${suggestion}?`);
}

class Layers {
  readonly settings = new Map<string, StaticSetting>();
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  /** Adds the settings of a layer above those there are. */
  add(origin: StaticOrigin, entries: Iterable<readonly [string, string]>, unknown: "refuse" | "warn"): void {
    const added = new Map<string, StaticSetting>();
    for (const [name, text] of entries) {
      const definition: Definition | undefined = definitionIn(brokerTable, baseName(name));
      if (definition === undefined) {
        (unknown === "warn" ? this.warnings : this.problems).push(unknownName(name));
        continue;
      }
      const parsed = parseHumanValue(name, definition, text);
      if (!parsed.ok) this.problems.push(parsed.problem);
      else added.set(name, { text: formatValue(definition.type, parsed.value) ?? "", origin });
    }
    this.#coverSynonyms(added);
    for (const [name, setting] of added) this.settings.set(name, setting);
  }

  /** A log.retention.hours flag must win over a log.retention.ms in the file, although ms is the stronger name. */
  #coverSynonyms(added: ReadonlyMap<string, StaticSetting>): void {
    for (const names of sameMeaning) {
      if (!names.some((name) => added.has(name))) continue;
      for (const name of names) this.settings.delete(name);
    }
  }
}

async function fileEntries(file: NonNullable<ConfigSources["file"]>): Promise<Map<string, string>> {
  if (file.name.endsWith(".properties")) return parseProperties(file.text);
  try {
    return await parseYamlConfig(file.text);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`config file ${file.name}: ${error.message}`);
    throw error;
  }
}

function environmentEntries(environment: NonNullable<ConfigSources["environment"]>, warnings: string[]) {
  const entries: [string, string][] = [];
  const configNames = new Map(Object.keys(brokerTable).map((name) => [environmentName(name), name]));
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("SLUICE_") || text === undefined || otherVariables.has(variable)) continue;
    const name = configNames.get(variable);
    if (name !== undefined) {
      entries.push([name, text]);
    } else if (!kubernetesVariable.test(variable)) {
      const suggestion = nearest(variable, configNames.keys());
      const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
      warnings.push(`environment variable ${variable}: is not a config${hint}`);
    }
  }
  return entries;
}

/**
 * Puts all layers together. Throws {@link UsageError} with one line for each wrong value and unknown name. Unknown
 * names in a .properties file and in the environment are only warned about: they may be meant for others.
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<LoadedConfig> {
  const layers = new Layers();
  const { file, environment, flags } = sources;
  if (file !== undefined) {
    const unknown = file.name.endsWith(".properties") ? "warn" : "refuse";
    layers.add("file", await fileEntries(file), unknown);
  }
  if (environment !== undefined) {
    layers.add("environment", environmentEntries(environment, layers.warnings), "refuse");
  }
  if (flags !== undefined) layers.add("flag", flags, "refuse");
  if (layers.problems.length > 0) throw new UsageError(layers.problems.join("\n"));
  return { config: new BrokerConfig(layers.settings), warnings: layers.warnings };
}
