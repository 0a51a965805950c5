/**
 * Prometheus itself: promtool finds nothing to complain of in a page and in the alert rules, a server scrapes a node
 * in both formats, and every query of the dashboards is one that it can evaluate. Needs Debian's prometheus package.
 */

import assert from "node:assert/strict";
import { monitoringFiles } from "../../scripts/monitoring/files.ts";
import { batch } from "../harness/batches.ts";
import { type BrokerProcess, startBroker, temporaryDirectory } from "../harness/broker.ts";
import { GroupMember } from "../harness/group_member.ts";
import { createTopic, produceTo, tryFetch, tryProduce } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

async function run(command: string, args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return code === 0 ? said : `${command} ended with ${code}: ${said}`;
}

function isInstalled(command: string): boolean {
  try {
    return new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

const ignore = !isInstalled("promtool") || !isInstalled("prometheus");

function prometheus(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `prometheus: ${name}`, ignore, fn, sanitizeOps: false, sanitizeResources: false });
}

/** A broker in which most that is measured has happened. */
async function busyBroker(): Promise<BrokerProcess> {
  const broker = await startBroker({ http: "127.0.0.1:0" });
  using wire = await WireClient.connect(broker.address);
  await createTopic(wire, "t", { partitions: 3 });
  await produceTo(wire, { topic: "t" }, batch(["a", "b", "c"]));
  await tryProduce(wire, { topic: "t" }, new Uint8Array(0));
  await tryFetch(wire, { topic: "t" }, 0);
  using member = await GroupMember.connect(broker.address, 'a "quoted" \\ group');
  await member.enter();
  await member.commit("t", { 0: 1 });
  return broker;
}

prometheus("promtool has no complaints about a page", async () => {
  await using broker = await busyBroker();
  const page = await (await fetch(`${broker.httpUrl}/metrics`)).text();
  assert.match(page, /sluice_group_partition_lag_records\{.*\} 2\n/);
  assert.equal(await run("promtool", ["check", "metrics"], page), "");
});

prometheus("promtool has no complaints about the config for compose's nodes", async () => {
  const path = new URL("../../.deploy/prometheus/prometheus.yml", import.meta.url).pathname;
  assert.match(await run("promtool", ["check", "config", path]), /is valid prometheus config file syntax/);
});

prometheus("promtool has no complaints about the alert rules", async () => {
  const path = `${temporaryDirectory()}/alerts.yml`;
  Deno.writeTextFileSync(path, monitoringFiles().get(".deploy/prometheus/alerts.yml")!);
  assert.match(await run("promtool", ["check", "rules", path]), /SUCCESS: \d+ rules found/);
});

/** Asks a Prometheus server; resolves with the values of the series that it finds. */
async function query(url: string, expr: string): Promise<string[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const { status, error, data } = await response.json();
  assert.equal(status, "success", `${expr}: ${error}`);
  return data.result.map((one: { value: [number, string] }) => one.value[1]);
}

/** A server takes its time to start, and to scrape. */
async function untilEqual(read: () => Promise<string[]>, expected: string): Promise<void> {
  let seen = await read();
  for (let attempt = 0; attempt < 300 && seen.join() !== expected; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    seen = await read();
  }
  assert.equal(seen.join(), expected);
}

/** What Grafana puts in the place of its variables. */
function filledIn(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll("$job", ".*").replaceAll("$instance", ".*");
}

prometheus("a server scrapes a node and evaluates every dashboard", async () => {
  await using broker = await busyBroker();
  const directory = temporaryDirectory();
  const target = new URL(broker.httpUrl).host;
  Deno.writeTextFileSync(
    `${directory}/prometheus.yml`,
    `global: { scrape_interval: 1s, scrape_timeout: 1s }
rule_files: [alerts.yml]
scrape_configs:
  - job_name: sluice
    static_configs: [{ targets: ["${target}"] }]
`,
  );
  Deno.writeTextFileSync(
    `${directory}/alerts.yml`,
    monitoringFiles().get(".deploy/prometheus/alerts.yml")!,
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const server = new Deno.Command("prometheus", {
    args: [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  try {
    const ask = (expr: string) => query(url, expr).catch(() => [] as string[]);
    await untilEqual(() => ask('up{job="sluice"}'), "1");
    await untilEqual(() => ask("sluice_broker_records_in_total"), "3");
    for (const [path, text] of monitoringFiles()) {
      if (!path.endsWith(".json")) continue;
      const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
      for (const { expr } of panels.flatMap((panel) => panel.targets ?? [])) await query(url, filledIn(expr));
    }
    const { data } = await (await fetch(`${url}/api/v1/rules`)).json();
    const healths = data.groups.flatMap((group: { rules: { health: string }[] }) =>
      group.rules.map((rule) => rule.health)
    );
    assert(healths.length > 15 && !healths.includes("err"), healths.join());
  } finally {
    server.kill("SIGTERM");
    await server.status;
  }
});
