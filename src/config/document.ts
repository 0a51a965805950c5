/** Help and documentation of configs, from the table. */

import { type Definition, LONG_MAX, unitOf } from "./definition.ts";
import { wantedFor } from "./human_values.ts";
import { environmentName } from "./load.ts";
import { brokerAreas, type Table, topicTable } from "./table.ts";
import { formatValue } from "./values.ts";

const durations = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000]] as const;
const sizes = [["GiB", 1024 ** 3], ["MiB", 1024 ** 2], ["KiB", 1024]] as const;

/** A number in the largest unit that it is a whole multiple of; null when that is no shorter. */
function inWords(value: number, units: readonly (readonly [string, number])[]): string | null {
  for (const [suffix, size] of units) {
    if (value >= size && value % size === 0) return `${value / size}${suffix}`;
  }
  return null;
}

function shownDefault(name: string, definition: Definition): string {
  const { fallback, type } = definition;
  if (fallback === null) return "not set";
  if (typeof fallback === "number") {
    if (fallback >= LONG_MAX) return "no limit";
    const unit = unitOf(name, definition);
    if (unit === "bytes") return inWords(fallback, sizes) ?? String(fallback);
    if (unit === "ms") return inWords(fallback, durations) ?? String(fallback);
  }
  return formatValue(type, fallback) || "empty";
}

/** The lines that a person asking about one config of a broker or topic should see. */
export function configHelp(name: string, definition: Definition): string {
  const lines = [name, `  ${definition.doc}`];
  if (definition.differs !== undefined) lines.push(`  ${definition.differs}`);
  lines.push(`  Takes ${wantedFor(name, definition)}. Default: ${shownDefault(name, definition)}.`);
  if (definition.broker !== undefined) lines.push(`  A broker's ${definition.broker} gives the default.`);
  else if (!Object.hasOwn(topicTable, name)) lines.push(`  Environment: ${environmentName(name)}.`);
  if (!definition.acts) lines.push("  Kept and shown; Sluice does not act on it yet.");
  return lines.join("\n");
}

function tableRow(name: string, definition: Definition): string {
  const notes = [definition.doc];
  if (definition.differs !== undefined) notes.push(definition.differs);
  if (definition.broker !== undefined) notes.push(`Follows \`${definition.broker}\`.`);
  const cells = [
    `\`${name}\``,
    definition.choices?.join(", ") ?? definition.type,
    shownDefault(name, definition),
    definition.update ?? (Object.hasOwn(topicTable, name) ? "any time" : "at start"),
    definition.acts ? "yes" : "not yet",
    notes.join(" "),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function section(title: string, table: Table): string[] {
  const rows = Object.entries(table).filter(([, definition]) => !definition.internal);
  return [
    `## ${title}`,
    "",
    "| name | type | default | changes | acted on | what |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(([name, definition]) => tableRow(name, definition)),
    "",
  ];
}

/** The reference of all configs as Markdown. */
export function configReference(): string {
  const lines = [
    "<!-- deno-fmt-ignore-file -->",
    "",
    "# Configs",
    "",
    "Generated from `table/` by scripts/generate_docs.ts. The names are Kafka's; those under Sluice and",
    "`retention.disk.percent` are ours. A config that is not acted on yet is kept and shown by DescribeConfigs, and",
    "changes nothing.",
    "",
    "Flags win over environment variables (`log.segment.bytes` is `SLUICE_LOG_SEGMENT_BYTES`), these over the config",
    "file, the file over the defaults. The file is YAML with flat or nested names, or Kafka's own format when its name",
    "ends with `.properties`. In all three a duration can be written as `500ms`, `5s`, `10m`, `12h`, `7d` or `2w`, and",
    "a size as `512B`, `64KiB`, `10MiB`, `1GiB` (or `kB`, `MB`, `GB` in thousands); over Kafka's protocol values are",
    "plain numbers. Under `changes`, says when: `cluster-wide` and `per-broker` while a broker runs.",
    "",
    ...section("Topics", topicTable),
  ];
  for (const [title, table] of Object.entries(brokerAreas)) lines.push(...section(title, table));
  return lines.join("\n").trimEnd() + "\n";
}
