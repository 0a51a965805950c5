/** Config values as text and back, as Kafka's protocol carries them: plain numbers, `true`, commas between elements. */

import { type ConfigType, type ConfigValue, type Definition, INT_MAX, LONG_MAX } from "./definition.ts";

/** A value, or what is wrong with it. */
export type Parsed =
  | { readonly ok: true; readonly value: ConfigValue }
  | { readonly ok: false; readonly problem: string };

const ranges: Readonly<Partial<Record<ConfigType, readonly [number, number]>>> = {
  short: [-32768, 32767],
  int: [-INT_MAX - 1, INT_MAX],
  long: [-LONG_MAX, LONG_MAX],
};

/** A whole number of a type's width; null when the text is not one. */
export function parseWhole(text: string, type: ConfigType): number | null {
  const range = ranges[type];
  if (range === undefined || !/^[+-]?\d{1,30}$/.test(text)) return null;
  const value = Number(text);
  if (value < range[0] || value > range[1]) return null;
  if (type === "long" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    const exact = BigInt(text);
    if (exact > 0x7fffffffffffffffn || exact < -0x8000000000000000n) return null;
  }
  return value;
}

/** A number with a point or exponent; null when the text is not one. */
export function parseDouble(text: string): number | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** The elements of a list; an empty text is the empty list. */
export function parseList(text: string): readonly string[] {
  const trimmed = text.trim();
  return trimmed === "" ? [] : trimmed.split(",").map((element) => element.trim());
}

function typed(definition: Definition, text: string): Parsed {
  const { type } = definition;
  const trimmed = text.trim();
  switch (type) {
    case "boolean": {
      const lower = trimmed.toLowerCase();
      if (lower === "true" || lower === "false") return { ok: true, value: lower === "true" };
      return { ok: false, problem: "Expected value to be either true or false" };
    }
    case "int":
    case "short":
    case "long":
    case "double": {
      const value = type === "double" ? parseDouble(trimmed) : parseWhole(trimmed, type);
      if (value !== null) return { ok: true, value };
      return { ok: false, problem: `Not a number of type ${type.toUpperCase()}` };
    }
    case "list":
      return { ok: true, value: parseList(text) };
    default:
      return { ok: true, value: text };
  }
}

function numberComplaint(definition: Definition, value: number): string | null {
  const { min, max, orElse } = definition;
  if (value === orElse) return null;
  const outside = (min !== undefined && value < min) || (max !== undefined && value > max);
  if (outside && orElse !== undefined) return `Value must be between ${min} and ${max} or equal to ${orElse}`;
  if (min !== undefined && value < min) return `Value must be at least ${min}`;
  if (max !== undefined && value > max) return `Value must be no more than ${max}`;
  return null;
}

function choiceComplaint(definition: Definition, value: string): string | null {
  const { choices, anyCase } = definition;
  if (choices === undefined || choices.includes(value)) return null;
  if (anyCase && choices.some((choice) => choice.toLowerCase() === value.toLowerCase())) return null;
  return `String must be one of: ${choices.join(", ")}`;
}

/** What is wrong with a value of the right type, in Kafka's words; null when nothing is. */
export function complaintAbout(definition: Definition, value: ConfigValue): string | null {
  let complaint: string | null = null;
  if (typeof value === "number") complaint = numberComplaint(definition, value);
  else if (typeof value === "string") complaint = choiceComplaint(definition, value);
  else if (Array.isArray(value)) {
    for (const element of value) complaint ??= choiceComplaint(definition, element);
  }
  return complaint ?? definition.rule?.(value) ?? null;
}

/** Parses a value as it comes over the protocol. The problem is worded as Kafka words it. */
export function parseValue(name: string, definition: Definition, text: string): Parsed {
  const parsed = typed(definition, text);
  const complaint = parsed.ok ? complaintAbout(definition, parsed.value) : parsed.problem;
  if (complaint === null) return parsed;
  const shown = definition.type === "password" ? "[hidden]" : text;
  return { ok: false, problem: `Invalid value ${shown} for configuration ${name}: ${complaint}` };
}

function formatDouble(value: number): string {
  if (value === Number.MAX_VALUE) return "1.7976931348623157E308";
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return value.toFixed(1);
  return String(value);
}

/** A value as DescribeConfigs shows it; null for "not set". */
export function formatValue(type: ConfigType, value: ConfigValue): string | null {
  if (value === null) return null;
  if (typeof value === "number") {
    if (type === "double") return formatDouble(value);
    return value >= LONG_MAX ? "9223372036854775807" : String(value);
  }
  return Array.isArray(value) ? value.join(",") : String(value);
}
