/** Writes metrics in the text format of Prometheus (0.0.4) or in OpenMetrics (1.0.0). */

import type { Metric } from "./catalog.ts";
import type { HistogramSample } from "./source.ts";

export type MetricsFormat = "prometheus" | "openmetrics";

export const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The format that an Accept header asks for most; plain text when it does not care. */
export function formatFor(accept: string | null): MetricsFormat {
  let best = { format: "prometheus" as MetricsFormat, weight: 0 };
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const format = formatOf(type, parameters);
    const weight = Number(parameters.find((one) => one.startsWith("q="))?.slice(2) ?? 1);
    if (format !== null && weight > best.weight) best = { format, weight };
  }
  return best.format;
}

function formatOf(type: string, parameters: readonly string[]): MetricsFormat | null {
  if (type !== "application/openmetrics-text") return type === "text/plain" ? "prometheus" : null;
  const version = parameters.find((one) => one.startsWith("version="))?.slice(8) ?? "1.0.0";
  return version.startsWith("1.") ? "openmetrics" : null;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

/** `{name="value",...}`; empty without labels. Made once for a thing that has many metrics. */
export function labelsText(names: readonly string[], values: readonly (string | number)[]): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, index) => {
    const value = String(values[index]);
    const escaped = /["\\\n]/.test(value) ? value.replace(/["\\\n]/g, (one) => ESCAPES[one]!) : value;
    return `${name}="${escaped}"`;
  });
  return `{${pairs.join(",")}}`;
}

/** Collects lines. The caller takes them from time to time. */
export class MetricsText {
  readonly #format: MetricsFormat;
  #text = "";
  /** What lines of the current metric begin with. */
  #name = "";

  constructor(format: MetricsFormat) {
    this.#format = format;
  }

  /** How much has been collected, in characters. */
  get length(): number {
    return this.#text.length;
  }

  /** What was collected since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** Begins a metric; its lines follow. */
  begin(metric: Metric): void {
    this.#name = metric.name;
    const isOpen = this.#format === "openmetrics";
    const family = isOpen && metric.type === "counter" ? metric.name.replace(/_total$/, "") : metric.name;
    this.#text += `# HELP ${family} ${metric.help}\n# TYPE ${family} ${metric.type}\n`;
  }

  /** A line of the metric that was begun; `labels` as {@link labelsText} makes them. */
  line(labels: string, value: number): void {
    this.#text += `${this.#name}${labels} ${value}\n`;
  }

  /** The lines of a histogram whose bounds are milliseconds and which is told in seconds. */
  histogram(labels: string, { boundsMs, counts, sumMs }: HistogramSample): void {
    const name = this.#name;
    const open = labels === "" ? "{" : `${labels.slice(0, -1)},`;
    let count = 0;
    let text = "";
    for (let index = 0; index < boundsMs.length; index++) {
      count += counts[index]!;
      text += `${name}_bucket${open}le="${secondsText(boundsMs[index]!)}"} ${count}\n`;
    }
    count += counts[boundsMs.length]!;
    text += `${name}_bucket${open}le="+Inf"} ${count}\n`;
    this.#text += `${text}${name}_sum${labels} ${sumMs / 1000}\n${name}_count${labels} ${count}\n`;
  }

  /** Ends the page. */
  end(): void {
    if (this.#format === "openmetrics") this.#text += "# EOF\n";
  }
}

/** OpenMetrics wants its bounds as floating-point numbers: `1.0`, not `1`. */
function secondsText(ms: number): string {
  const seconds = ms / 1000;
  return Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
}
