/** The page has its bounds, and gives others their turns. */

import assert from "node:assert/strict";
import { metricsPage } from "../../../../src/http/metrics/page.ts";
import type { MetricsSource } from "../../../../src/http/metrics/source.ts";
import { parseMetrics, type Sample } from "../../../harness/metrics.ts";
import { fakeContext, groupOf, partitionOf } from "../fake_context.ts";

/** The samples of a page; each look at the clock takes `lookMs`. */
async function pageOf(
  metrics: Partial<MetricsSource>,
  settings: Parameters<typeof fakeContext>[1] = {},
  lookMs = 0,
): Promise<{ readonly samples: Sample[]; readonly yields: number }> {
  const { context, time } = fakeContext(metrics, settings);
  const clock = { ...context.clock, monotonicMs: () => time.nowMs += lookMs };
  let text = "";
  for await (const piece of metricsPage({ ...context, clock } as never, "prometheus")) text += piece;
  return { samples: parseMetrics(text), yields: time.yields };
}

const valuesOf = (samples: readonly Sample[], name: string, label: string) =>
  samples.filter((one) => one.name === name).map((one) => `${one.labels[label]} ${one.value}`);

Deno.test("when there are too many partitions the busiest are shown, and the sums are of all", async () => {
  const partitions = () => [
    partitionOf("a", 0, { bytesIn: 1 }),
    partitionOf("a", 1, { bytesOut: 30 }),
    partitionOf("a", 2, { bytesIn: 20 }),
  ];
  const { samples } = await pageOf({ partitions }, { "metrics.max.partitions": 2 });
  assert.deepEqual(valuesOf(samples, "sluice_partition_bytes_in_total", "partition"), ["1 0", "2 20"]);
  assert.deepEqual(valuesOf(samples, "sluice_topic_bytes_in_total", "topic"), ["a 21"]);
  assert.deepEqual(valuesOf(samples, "sluice_metrics_left_out", "kind"), [
    "partition 1",
    "group_partition 0",
  ]);
});

Deno.test("of too many partitions of groups those that lag most are shown", async () => {
  const groups = () => [groupOf("g", 5, 50, 1), groupOf("h", 7, 5, -1)];
  for (const [limit, lags] of [[0, []], [1, [50]], [2, [50, 7]], [4, [5, 50, 7, 5]]] as const) {
    const { samples } = await pageOf({ groups }, { "metrics.max.group.partitions": limit });
    const shown = samples.filter((one) => one.name === "sluice_group_partition_lag_records");
    assert.deepEqual(shown.map((one) => one.value), lags);
    const left = samples.find((one) => one.labels["kind"] === "group_partition")!;
    assert.equal(left.value, 6 - limit);
  }
});

Deno.test("a lag that is not known has no line", async () => {
  const { samples } = await pageOf({ groups: () => [groupOf("g", -1)] });
  assert.deepEqual(valuesOf(samples, "sluice_group_committed_offset", "partition"), ["0 0"]);
  assert.deepEqual(valuesOf(samples, "sluice_group_partition_lag_records", "partition"), []);
  assert.deepEqual(valuesOf(samples, "sluice_group_partition_lag_seconds", "partition"), []);
});

Deno.test("a long page is made in slices", async () => {
  const partitions = () => Array.from({ length: 1_000 }, (_, index) => partitionOf("t", index));
  const quick = await pageOf({ partitions });
  assert.equal(quick.yields, 0, "one that takes no time needs no pause");
  const slow = await pageOf({ partitions }, {}, 1);
  assert(slow.yields > 50, `${slow.yields} pauses`);
  assert.equal(slow.samples.length, quick.samples.length);
});
