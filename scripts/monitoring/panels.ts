/** The few things that dashboards for Grafana are made of. */

/** How values are shown, by Grafana's names. */
export type Unit = "short" | "Bps" | "bytes" | "s" | "reqps" | "cps" | "percentunit" | "none";

/** A query and what its lines are called: `{{label}}` stands for the value of a label. */
export type Query = readonly [expr: string, legend: string];

export interface Panel {
  readonly title: string;
  readonly kind: "timeseries" | "stat" | "table";
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly description?: string;
  /** From here on a value is shown in red. */
  readonly red?: number;
}

/** A row of panels under a title. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

const COLUMNS = 24;
const HEIGHTS = { timeseries: 8, stat: 4, table: 9 } as const;
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

export function lines(title: string, unit: Unit, ...queries: Query[]): Panel {
  return { title, kind: "timeseries", unit, queries };
}

/** One number; red from `red` on. */
export function number(title: string, unit: Unit, expr: string, red?: number): Panel {
  return { title, kind: "stat", unit, queries: [[expr, ""]], ...(red === undefined ? {} : { red }) };
}

export function table(title: string, unit: Unit, expr: string): Panel {
  return { title, kind: "table", unit, queries: [[expr, ""]] };
}

/** A percentile of a histogram of ours over the interval that Grafana chooses. */
export function percentile(share: number, histogram: string, labels: string, by: string): string {
  const buckets = `rate(${histogram}_bucket{${labels}}[$__rate_interval])`;
  return `histogram_quantile(${share}, sum by (le, ${by}) (${buckets}))`;
}

/** What Grafana imports. */
export function grafanaJson({ uid, title, description, rows }: Dashboard): string {
  const panels: unknown[] = [];
  let y = 0;
  let id = 1;
  for (const row of rows) {
    panels.push({
      id: id++,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { h: 1, w: COLUMNS, x: 0, y },
      panels: [],
    });
    y++;
    const width = Math.floor(COLUMNS / row.panels.length);
    row.panels.forEach((panel, index) => {
      const place = { h: HEIGHTS[panel.kind], w: width, x: index * width, y };
      panels.push(panelJson(panel, id++, place));
    });
    y += Math.max(...row.panels.map((panel) => HEIGHTS[panel.kind]));
  }
  const dashboard = {
    uid,
    title,
    description,
    tags: ["sluice"],
    timezone: "browser",
    editable: true,
    graphTooltip: 1,
    schemaVersion: 39,
    version: 1,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    templating: { list: variables() },
    annotations: { list: [] },
    links: [{ type: "dashboards", title: "Sluice", tags: ["sluice"], asDropdown: true, includeVars: true }],
    panels,
  };
  return JSON.stringify(dashboard, null, 2) + "\n";
}

function panelJson(panel: Panel, id: number, gridPos: unknown): unknown {
  const { title, kind, unit, queries, description = "", red } = panel;
  const steps = [
    { color: "green", value: null },
    ...(red === undefined ? [] : [{ color: "red", value: red }]),
  ];
  return {
    id,
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        min: kind === "timeseries" ? 0 : null,
        thresholds: { mode: "absolute", steps },
        ...(kind === "timeseries" ? { custom: { fillOpacity: 10, showPoints: "never" } } : {}),
      },
      overrides: [],
    },
    options: optionsOf(kind),
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      ...(kind === "table" ? { format: "table", instant: true } : {}),
    })),
  };
}

function optionsOf(kind: Panel["kind"]): unknown {
  if (kind === "timeseries") {
    return {
      legend: { displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "max"] },
      tooltip: { mode: "multi" },
    };
  }
  return kind === "stat" ? { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "background" } : {};
}

/** What can be chosen at the top: where the metrics are, which scrape job, and which nodes of it. */
function variables(): unknown[] {
  const query = (name: string, label: string, from: string) => ({
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    query: { query: from, refId: name },
    definition: from,
    refresh: 2,
    includeAll: true,
    multi: true,
    current: { text: "All", value: "$__all" },
    allValue: ".*",
  });
  return [
    { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
    query("job", "Job", "label_values(sluice_node_info, job)"),
    query("instance", "Node", 'label_values(sluice_node_info{job=~"$job"}, instance)'),
  ];
}
