/** YAML config files: Kafka's dotted names, flat or nested in maps. */

import { messageOf, UsageError } from "../core/errors.ts";

function scalarText(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return String(value);
  }
  return null;
}

function flatten(path: string, value: unknown, found: Map<string, string>): void {
  if (value === null || value === undefined) return;
  const text = scalarText(value);
  if (text !== null || Array.isArray(value)) {
    const elements = text === null ? (value as unknown[]).map(scalarText) : [text];
    if (elements.includes(null)) {
      throw new UsageError(`${path}: a list in the config file may hold only texts`);
    }
    if (found.has(path)) throw new UsageError(`${path}: set twice in the config file`);
    found.set(path, elements.join(","));
    return;
  }
  for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
    flatten(path === "" ? key : `${path}.${key}`, inner, found);
  }
}

/** The names and values of a YAML config file. Throws {@link UsageError} when it is not one. */
export async function parseYamlConfig(text: string): Promise<Map<string, string>> {
  const { parse } = await import("yaml");
  let root: unknown;
  try {
    root = parse(text, { intAsBigInt: true });
  } catch (error) {
    throw new UsageError(messageOf(error).split("\n")[0]!.replace(/:$/, ""));
  }
  if (root !== null && root !== undefined && (typeof root !== "object" || Array.isArray(root))) {
    throw new UsageError("wanted a map of config names to values");
  }
  const found = new Map<string, string>();
  flatten("", root, found);
  return found;
}
