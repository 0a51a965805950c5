/** Configs of topics as people write them: `7d` and `10MiB` become the plain values that brokers take. */

import { parseHumanValue } from "../../config/human_values.ts";
import { definitionIn, topicTable } from "../../config/table.ts";
import { formatValue } from "../../config/values.ts";
import { UsageError } from "../../core/errors.ts";
import { parsePair, valueOf } from "../values.ts";

/** `KEY=VALUE`. Names that are not known are the broker's to judge: it may be newer. */
export function parseTopicConfig(text: string): readonly [string, string] {
  const [name, value] = parsePair(text);
  const definition = definitionIn(topicTable, name);
  if (definition === undefined) return [name, value];
  const parsed = parseHumanValue(name, definition, value);
  if (!parsed.ok) throw new UsageError(parsed.problem);
  return [name, formatValue(definition.type, parsed.value) ?? value];
}

export const topicConfig = valueOf<readonly [string, string]>("KEY=VALUE", parseTopicConfig, ["", ""]);
