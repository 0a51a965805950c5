// Chooses among recorded exchanges and writes them as JSON lines.

import { apiByKey } from "../../src/protocol/messages/index.ts";
import type { Exchange } from "./proxy.ts";

/** Frames longer than this say nothing that shorter ones do not. */
const maxFrameBytes = 6000;

/** What to keep, and which directories of this machine to hide in the frames. */
export interface WriteOptions {
  readonly dataDirs: readonly string[];
  /** How many exchanges of one API and version to keep of a client. */
  perClient(client: string): number;
}

/** Writes one file an API into `folder`, without repetitions. */
export async function writeExchanges(
  folder: string,
  exchanges: readonly Exchange[],
  options: WriteOptions,
): Promise<void> {
  const files = new Map<string, string[]>();
  const seen = new Map<string, number>();
  for (const exchange of exchanges) {
    const kind = `${exchange.apiKey} ${exchange.version} ${exchange.client}`;
    // The correlation ids, 4 bytes from byte 4 and from byte 0, are what is left out.
    const content = `${kind} ${exchange.request.slice(16)} ${exchange.response?.slice(8)}`;
    const limit = options.perClient(exchange.client);
    if ((seen.get(kind) ?? 0) >= limit || seen.has(content) || isLong(exchange)) continue;
    seen.set(content, 1);
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    const lines = files.get(fileOf(exchange)) ?? [];
    files.set(fileOf(exchange), lines);
    let line = JSON.stringify(exchange);
    for (const dir of options.dataDirs) {
      line = line.replaceAll(hex(dir), hex("/kafka-data".padEnd(dir.length, "_")));
    }
    lines.push(line);
  }
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  for (const [file, lines] of files) await Deno.writeTextFile(`${folder}/${file}`, lines.join("\n") + "\n");
}

/** One file an API; what was not answered, other than by design, is in a file of its own. */
function fileOf(exchange: Exchange): string {
  const api = apiByKey(exchange.apiKey);
  if (api === undefined || exchange.version > api.request.versions.max) return "refused.jsonl";
  if (exchange.response === null && exchange.client === "driver") return "refused.jsonl";
  return `${String(exchange.apiKey).padStart(2, "0")}_${api.name}.jsonl`;
}

function isLong(exchange: Exchange): boolean {
  return exchange.request.length > 2 * maxFrameBytes || (exchange.response?.length ?? 0) > 2 * maxFrameBytes;
}

function hex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}
