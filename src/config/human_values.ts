/** Config values as people write them in flags, environment and files: also `7d`, `10MiB`; problems in our words. */

import { type ConfigValue, type Definition, type Unit, unitOf } from "./definition.ts";
import { parseWithUnit } from "./units.ts";
import { complaintAbout, type Parsed, parseDouble, parseList, parseWhole } from "./values.ts";

const wholeWanted: Readonly<Record<Unit, string>> = {
  none: "a whole number",
  ms: "a whole number of milliseconds or a duration such as 5s",
  seconds: "a whole number of seconds or a duration such as 5m",
  minutes: "a whole number of minutes or a duration such as 2h",
  hours: "a whole number of hours or a duration such as 7d",
  bytes: "a whole number of bytes or a size such as 10MiB",
};

function rangeOf({ min, max, orElse }: Definition): string {
  let range = "";
  if (min !== undefined && max !== undefined) range = `, from ${min} to ${max}`;
  else if (min !== undefined) range = `, from ${min} up`;
  else if (max !== undefined) range = `, up to ${max}`;
  return orElse === undefined ? range : `${range}, or ${orElse}`;
}

/** The values a config takes, in words: type, human forms and range. */
export function wantedFor(name: string, definition: Definition): string {
  const { type, choices } = definition;
  if (type === "boolean") return "true or false";
  if (type === "list") {
    return choices === undefined
      ? "texts separated by commas"
      : `one or more of ${choices.join(", ")}, separated by commas`;
  }
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  if (type === "double") return `a number${rangeOf(definition)}`;
  if (type === "int" || type === "short" || type === "long") {
    return wholeWanted[unitOf(name, definition)] + rangeOf(definition);
  }
  return type === "class" ? "the name of a class" : "a text";
}

function nounFor(name: string, definition: Definition): string {
  if (definition.type === "boolean") return "true or false";
  if (definition.type === "double") return "a number";
  const unit = unitOf(name, definition);
  if (unit === "bytes") return "a size";
  return unit === "none" ? "a whole number" : "a duration";
}

function typed(name: string, definition: Definition, text: string): ConfigValue | undefined {
  const { type } = definition;
  switch (type) {
    case "boolean":
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === "true" : undefined;
    case "int":
    case "short":
    case "long": {
      const united = parseWithUnit(text, unitOf(name, definition));
      return parseWhole(united === null ? text : String(united), type) ?? undefined;
    }
    case "double":
      return parseDouble(text) ?? parseWithUnit(text, unitOf(name, definition)) ?? undefined;
    case "list":
      return parseList(text);
    default:
      return text;
  }
}

/**
 * Parses a value that a person wrote. The problem names the config, quotes the value and says what is wanted, such as
 * `log.segment.bytes: "10 apples" is not a size; wanted a whole number of bytes or a size such as 10MiB, from 1048576 up`.
 */
export function parseHumanValue(name: string, definition: Definition, text: string): Parsed {
  const shown = definition.type === "password" ? "the value" : `"${text}"`;
  const wanted = wantedFor(name, definition);
  const value = typed(name, definition, text.trim());
  if (value === undefined) {
    return { ok: false, problem: `${name}: ${shown} is not ${nounFor(name, definition)}; wanted ${wanted}` };
  }
  if (complaintAbout(definition, value) === null) return { ok: true, value };
  const wrong = definition.rule === undefined
    ? `wanted ${wanted}`
    : definition.rule(value) ?? `wanted ${wanted}`;
  return { ok: false, problem: `${name}: ${shown} is not allowed; ${wrong}` };
}
