/** What operators load: dashboards and alerts speak only of metrics that there are, with labels that these have. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { monitoringFiles } from "../../../../scripts/monitoring/files.ts";
import { catalog } from "../../../../src/http/metrics/catalog.ts";

const byName = new Map(catalog.flatMap((metric) => {
  if (metric.type !== "histogram") return [[metric.name, metric] as const];
  return ["_bucket", "_sum", "_count"].map((suffix) => [metric.name + suffix, metric] as const);
}));
/** Labels that every series has once it is scraped. */
const SCRAPED = ["job", "instance"];

/** Fails for a metric that is none of ours, or a label that it has not. */
function check(expr: string, where: string): void {
  for (const [, name, matchers = ""] of expr.matchAll(/\b((?:sluice|process)_\w+)(?:\{([^}]*)\})?/g)) {
    const metric = byName.get(name!);
    assert(metric !== undefined, `${where}: there is no metric ${name}`);
    for (const [, label] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
      assert(
        [...metric.labels, ...SCRAPED, "le"].includes(label!),
        `${where}: ${name} has no label ${label}`,
      );
    }
  }
}

Deno.test("every query of every dashboard is of metrics that there are", () => {
  const queried = new Set<string>();
  for (const [path, text] of monitoringFiles()) {
    if (!path.endsWith(".json")) continue;
    const { panels } = JSON.parse(text) as { panels: { title: string; targets?: { expr: string }[] }[] };
    assert(panels.length > 5, path);
    for (const { title, targets = [] } of panels) {
      for (const { expr } of targets) {
        check(expr, `${path}, ${title}`);
        for (const [name] of expr.matchAll(/\b(?:sluice|process)_\w+/g)) queried.add(name);
      }
    }
  }
  assert(queried.size > 60, "the dashboards show most of what is measured");
});

Deno.test("every alert is about metrics that there are, and says what to do", () => {
  const rules = monitoringFiles().get(".deploy/prometheus/alerts.yml")!;
  const exprs = [...rules.matchAll(/^ +expr: (".*")$/gm)].map(([, json]) => JSON.parse(json!) as string);
  assert(exprs.length > 15);
  for (const expr of exprs) check(expr, "alerts");
  assert.equal([...rules.matchAll(/^ +description: ".+[.?]"$/gm)].length, exprs.length);
});

Deno.test("Prometheus and Grafana beside compose's nodes find what they load, and each other", () => {
  const folder = new URL("../../../../.deploy/", import.meta.url);
  // deno-lint-ignore no-explicit-any -- what other programs want is theirs to say
  const read = (name: string): any => parse(Deno.readTextFileSync(new URL(name, folder)), { merge: true });
  const nodes = read("compose.yaml").services;
  const { rule_files: rules, scrape_configs: [scrape] } = read("prometheus/prometheus.yml");
  assert.deepEqual(rules, ["alerts.yml"]);
  assert.match(scrape.job_name, /sluice/, "the alert for nodes that are down goes by it");
  const [{ targets }] = scrape.static_configs;
  assert.deepEqual(targets, Object.keys(nodes).map((name) => `${name}:8080`));
  const { services } = read("monitoring.yaml");
  const [source] = read("grafana/provisioning/datasources/sluice.yaml").datasources;
  assert.equal(new URL(source.url).hostname in services, true);
  const [provider] = read("grafana/provisioning/dashboards/sluice.yaml").providers;
  assert(services.grafana.volumes.includes(`./grafana:${provider.options.path}:ro`));
  // Nothing but this machine may reach what has no login.
  for (const { ports } of Object.values<{ ports: string[] }>(services)) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/);
  }
});
