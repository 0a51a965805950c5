/**
 * How long a scrape takes, and for how long it holds up the event loop: a node with 1,000 partitions and 100 groups
 * (`deno run -A scripts/bench/metrics.ts [--partitions N] [--groups N] [--scrapes N]`). Another process scrapes.
 */

import process from "node:process";
import { createTopic, produceTo } from "../../tests/harness/requests.ts";
import { batch } from "../../tests/harness/batches.ts";
import { GroupMember } from "../../tests/harness/group_member.ts";
import { startNode } from "../../tests/harness/node.ts";
import { WireClient } from "../../tests/harness/wire.ts";

const option = (name: string, fallback: number) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
};
const partitions = option("partitions", 1_000);
const groups = option("groups", 100);
const scrapes = option("scrapes", 30);
const PER_TOPIC = 50;
/** How many partitions each group has committed in. */
const COMMITTED = 20;

const { node, address } = await startNode({ "http.listen": "127.0.0.1:0" });
const wire = await WireClient.connect(address);
for (let topic = 0; topic * PER_TOPIC < partitions; topic++) {
  await createTopic(wire, `topic-${topic}`, { partitions: PER_TOPIC });
  for (let partition = 0; partition < PER_TOPIC; partition++) {
    await produceTo(wire, { topic: `topic-${topic}`, partition }, batch(["a", "b"]));
  }
}
for (let group = 0; group < groups; group++) {
  const member = await GroupMember.connect(address, `group-${group}`);
  const offsets = Object.fromEntries(Array.from({ length: COMMITTED }, (_, index) => [index, 1]));
  const [first] = await member.commit(`topic-${group % Math.ceil(partitions / PER_TOPIC)}`, offsets);
  if (first !== "NONE") throw new Error(`commit: ${first}`);
  member[Symbol.dispose]();
}

let longestMs = 0;
let beatMs = performance.now();
const beat = setInterval(() => {
  const nowMs = performance.now();
  longestMs = Math.max(longestMs, nowMs - beatMs - 1);
  beatMs = nowMs;
}, 1);
const { host, port } = node.httpAddress!;

async function scrape(path: string): Promise<{ ms: number; bytes: number }> {
  const format = "%{time_total} %{size_download}";
  const args = ["-s", "-o", "/dev/null", "-w", format, `http://${host}:${port}${path}`];
  const { stdout } = await new Deno.Command("curl", { args }).output();
  const [seconds = 0, bytes = 0] = new TextDecoder().decode(stdout).split(" ").map(Number);
  return { ms: seconds * 1000, bytes };
}

for (const path of ["/metrics", "/live", "/health"]) {
  const first = await scrape(path);
  const times: number[] = [];
  const slices: number[] = [];
  let bytes = 0;
  const before = process.cpuUsage();
  for (let done = 0; done < scrapes; done++) {
    longestMs = 0;
    const result = await scrape(path);
    times.push(result.ms);
    slices.push(longestMs);
    bytes = result.bytes;
  }
  const cpu = process.cpuUsage(before);
  const cpuMs = (cpu.user + cpu.system) / 1000 / scrapes;
  const at = (values: number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!.toFixed(
      1,
    );
  console.log(
    `${path}: ${bytes} bytes; median ${at(times, 0.5)} ms, p95 ${at(times, 0.95)} ms, first ${
      first.ms.toFixed(1)
    } ms; ${cpuMs.toFixed(1)} ms of CPU; loop held up: median ${at(slices, 0.5)} ms, worst ${
      at(slices, 1)
    } ms`,
  );
}
clearInterval(beat);
wire.close();
await node.stop();
Deno.exit(0);
