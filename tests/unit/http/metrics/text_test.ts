/** The text formats: Prometheus 0.0.4 and OpenMetrics 1.0.0. */

import assert from "node:assert/strict";
import { Histogram } from "../../../../src/core/histogram.ts";
import { catalog, type Metric } from "../../../../src/http/metrics/catalog.ts";
import { formatFor, labelsText, MetricsText } from "../../../../src/http/metrics/text.ts";

const counter: Metric = { name: "a_total", type: "counter", help: "Counts.", labels: ["x"], jmx: null };
const histogram: Metric = { name: "b_seconds", type: "histogram", help: "Lasts.", labels: [], jmx: null };

Deno.test("a client gets OpenMetrics when it asks for that most, and plain text otherwise", () => {
  const prometheus =
    "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.7,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  assert.equal(formatFor(prometheus), "openmetrics");
  assert.equal(formatFor("text/plain;version=0.0.4, application/openmetrics-text;q=0.3"), "prometheus");
  assert.equal(formatFor("application/openmetrics-text;version=2.0.0"), "prometheus");
  assert.equal(formatFor("*/*"), "prometheus");
  assert.equal(formatFor(null), "prometheus");
});

Deno.test("only OpenMetrics names a counter without its suffix, and says where the page ends", () => {
  const page = (format: "prometheus" | "openmetrics") => {
    const text = new MetricsText(format);
    text.begin(counter);
    text.line(labelsText(counter.labels, ["1"]), 2);
    text.end();
    return text.take();
  };
  assert.equal(page("prometheus"), '# HELP a_total Counts.\n# TYPE a_total counter\na_total{x="1"} 2\n');
  assert.equal(page("openmetrics"), '# HELP a Counts.\n# TYPE a counter\na_total{x="1"} 2\n# EOF\n');
});

Deno.test("buckets are cumulative and in seconds, whatever else is in the labels", () => {
  const sample = new Histogram([1, 1_000]);
  for (const ms of [0.5, 1, 1.5, 5_000]) sample.observe(ms);
  const text = new MetricsText("prometheus");
  text.begin(histogram);
  text.take();
  text.histogram('{api="Fetch"}', sample);
  assert.deepEqual(text.take().split("\n"), [
    'b_seconds_bucket{api="Fetch",le="0.001"} 2',
    'b_seconds_bucket{api="Fetch",le="1.0"} 3',
    'b_seconds_bucket{api="Fetch",le="+Inf"} 4',
    'b_seconds_sum{api="Fetch"} 5.003',
    'b_seconds_count{api="Fetch"} 4',
    "",
  ]);
});

Deno.test("the values of labels are escaped", () => {
  assert.equal(labelsText(["a", "b"], ['"\\\n', 1]), '{a="\\"\\\\\\n",b="1"}');
});

Deno.test("names follow the conventions, each is there once, and help is a sentence", () => {
  const names = catalog.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, type, help, labels } of catalog) {
    assert.match(name, /^(sluice|process)_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.match(help, /^[A-Z].*[^.]\.$/, name);
    assert.equal(new Set(labels).size, labels.length, name);
  }
});
