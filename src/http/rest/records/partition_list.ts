/** Some partitions of a topic, as a query says them. */

import { InvalidValue, type Schema } from "../schema.ts";

const MAX_PARTITIONS = 1_000;
const LIST = /^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$/;

/** `0`, `0,3` or `0-5,7`. */
export function parsePartitions(text: string): readonly number[] {
  const refuse = () =>
    new InvalidValue(`"${text}" names no partitions; wanted something like 0, 0,3 or 0-5,7`);
  if (!LIST.test(text)) throw refuse();
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const [first, last] = part.split("-").map(Number) as [number, number | undefined];
    const end = last ?? first;
    if (end < first || end - first + found.size >= MAX_PARTITIONS) throw refuse();
    for (let index = first; index <= end; index++) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
}

export const partitionList: Schema<readonly number[]> = {
  json: {
    type: "string",
    description: "Only these partitions: `0`, `0,3` or `0-5,7`.",
    pattern: LIST.source,
    examples: ["0", "0-2,5"],
  },
  read: (value) => parsePartitions(String(value)),
  parse: parsePartitions,
};
