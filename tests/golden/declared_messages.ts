// Finds every message that is declared anywhere, by Kafka's name.

import type { Message } from "../../src/protocol/schema.ts";

const folders = ["protocol/messages", "protocol/records", "protocol", "metadata"];

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "name" in value && "versions" in value &&
    "flexible" in value && "fields" in value;
}

/** All exported declarations of the modules that hold some. */
export async function declaredMessages(): Promise<Map<string, Message>> {
  const found = new Map<string, Message>();
  for (const folder of folders) {
    const url = new URL(`../../src/${folder}/`, import.meta.url);
    for await (const entry of Deno.readDir(url)) {
      if (!entry.isFile || !entry.name.endsWith(".ts")) continue;
      const text = await Deno.readTextFile(new URL(entry.name, url));
      if (!text.includes('message("')) continue;
      const module: Record<string, unknown> = await import(new URL(entry.name, url).href);
      for (const value of Object.values(module)) if (isMessage(value)) found.set(value.name, value);
    }
  }
  return found;
}
