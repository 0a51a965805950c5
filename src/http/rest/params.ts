/** What several routes take in their paths and queries. */

import type { Position } from "../../client/consumer/positions.ts";
import { integer, InvalidValue, type OptionalSchema, quoted, type Schema, string } from "./schema.ts";

export const topicName = string({
  description: "The name of a topic.",
  minLength: 1,
  maxLength: 249,
  pattern: /^[a-zA-Z0-9._-]+$/,
  examples: ["orders"],
});

export const partitionIndex = integer({
  description: "The number of a partition, from 0.",
  minimum: 0,
  maximum: 2_147_483_647,
  examples: [0],
});

export const groupId = string({
  description: "The id of a consumer group.",
  minLength: 1,
  maxLength: 249,
  examples: ["orders-app"],
});

const POSITION =
  /^(earliest|latest|-?\d{1,16}|@\d{1,15}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))$/;

/** `earliest`, `latest`, an offset, `-N` before the end, `@` and Unix milliseconds, or a time. */
export function parsePosition(text: string): Position {
  if (!POSITION.test(text)) throw noPosition(text);
  if (text === "earliest") return { at: "start" };
  if (text === "latest") return { at: "end" };
  if (text.startsWith("@")) return { at: "time", timestampMs: Number(text.slice(1)) };
  if (text.includes("T")) {
    const timestampMs = Date.parse(text);
    if (Number.isNaN(timestampMs)) throw noPosition(text);
    return { at: "time", timestampMs: Math.max(0, timestampMs) };
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw noPosition(text);
  return text.startsWith("-") ? { at: "tail", count: -value } : { at: "offset", offset: value };
}

function noPosition(text: string): InvalidValue {
  return new InvalidValue(
    `"${text}" is not a position; wanted earliest, latest, an offset, -N for N records before the end, ` +
      `@ and Unix milliseconds, or a time such as 2026-01-31T12:00:00Z`,
  );
}

/** A place in the log. */
export function position(description: string): Schema<Position> {
  return {
    json: {
      type: "string",
      description:
        `${description} \`earliest\`, \`latest\`, an offset, \`-N\` for N records before the end, ` +
        `\`@\` and Unix milliseconds, or a time such as \`2026-01-31T12:00:00Z\`.`,
      pattern: POSITION.source,
      examples: ["earliest", "-10", "2026-01-31T12:00:00Z"],
    },
    read: (value) => {
      if (typeof value !== "string") throw noPosition(quoted(value));
      return parsePosition(value);
    },
    parse: parsePosition,
  };
}

/** A place in the log, or `otherwise` when none is said. */
export function positionOr(otherwise: string, description: string): OptionalSchema<Position> {
  const schema = position(description);
  return {
    isOptional: true,
    json: { ...schema.json, default: otherwise },
    read: (value) => schema.read(value === undefined ? otherwise : value),
    parse: parsePosition,
  };
}
