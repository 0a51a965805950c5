/**
 * Records stored over HTTP, one a request: what 50, 200 and 500 keep-alive connections get, and what a request costs
 * the broker. The load generator is another process. `deno run -A scripts/bench/rest.ts`
 */

import { root } from "../checks/check.ts";
import { startBroker } from "../start_broker.ts";
import type { HttpLoadResult } from "./rest_load.ts";

const SECONDS = 5;
const VALUE_BYTES = 100;

async function runLoad(port: number, connections: number, path: string): Promise<HttpLoadResult> {
  const args = ["run", "-A", `${root}scripts/bench/rest_load.ts`];
  const words = [port, connections, path, VALUE_BYTES, SECONDS].map(String);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: [...args, ...words], stderr: "inherit" })
    .output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** What a process has used of the processor so far, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const broker = await startBroker(["--ephemeral", "--http", "127.0.0.1:0"]);
try {
  const port = broker.httpPort!;
  for (const [topic, partitions] of [["one", 1], ["six", 6]] as const) {
    const created = await fetch(`http://127.0.0.1:${port}/topics/${topic}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ partitions }),
    });
    await created.body?.cancel();
  }
  console.log("connections  partitions  acks    records/s   p50 ms   p99 ms   max ms  broker us/record");
  for (
    const [connections, topic, acks] of [[50, "one", "all"], [200, "one", "all"], [200, "six", "all"], [
      500,
      "six",
      "all",
    ], [200, "six", "1"]] as const
  ) {
    const beforeMs = cpuMs(broker.pid);
    const path = `/topics/${topic}/produce${acks === "all" ? "" : `?acks=${acks}`}`;
    const result = await runLoad(port, connections, path);
    if (result.failures > 0) throw new Error(`${result.failures} requests failed`);
    const costUs = (cpuMs(broker.pid) - beforeMs) * 1000 / result.totalRequests;
    console.log(
      [
        String(connections).padStart(11),
        String(topic === "one" ? 1 : 6).padStart(11),
        acks.padStart(5),
        Math.round(result.requestsPerSecond).toLocaleString("en").padStart(12),
        ...[result.p50Ms, result.p99Ms, result.maxMs].map((ms) => ms.toFixed(2).padStart(8)),
        costUs.toFixed(1).padStart(17),
      ].join(" "),
    );
  }
} finally {
  await broker.stop();
}
