/** What operators load into Grafana and Prometheus, by path. */

import { alertRules } from "./alerts.ts";
import { dashboards } from "./dashboards.ts";
import { grafanaJson } from "./panels.ts";

/** The folder of everything that is for running Sluice somewhere. */
const FOLDER = ".deploy";

export function monitoringFiles(): Map<string, string> {
  const files = new Map<string, string>(dashboards.map((one) => {
    const name = one.uid.replace("sluice-", "");
    return [`${FOLDER}/grafana/${name}.json`, grafanaJson(one)] as const;
  }));
  return files.set(`${FOLDER}/prometheus/alerts.yml`, alertRules());
}
