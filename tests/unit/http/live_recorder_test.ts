/** Live snapshots: rates are over the last seconds, and whoever asks often sees the same. */

import assert from "node:assert/strict";
import { LiveRecorder } from "../../../src/http/live_recorder.ts";
import type { MetricsSource } from "../../../src/http/metrics/source.ts";
import { apiOf, fakeContext, groupOf, histogramOf, noTraffic, partitionOf } from "./fake_context.ts";

/** A recorder of counts that the test changes. */
function recorderOf(counts: Partial<Record<"bytesIn" | "requests" | "slow", number>>) {
  const metrics: Partial<MetricsSource> = {
    traffic: () => ({ ...noTraffic, bytesIn: counts.bytesIn ?? 0 }),
    partitions: () => [
      partitionOf("t", 0, { bytesIn: counts.bytesIn ?? 0 }),
      partitionOf("t", 1),
      partitionOf("__consumer_offsets", 0),
    ],
    apis: () => [
      apiOf("Produce", counts.requests ?? 0, histogramOf(counts.requests ?? 0, 0, counts.slow ?? 0, 0)),
    ],
    groups: () => [groupOf("g", 3, -1)],
  };
  const { context, time } = fakeContext(metrics);
  return { recorder: new LiveRecorder({ context, takeMaxLoopDelayMs: () => 7 }), time };
}

Deno.test("the first look has no rates, the next ones have those since a while ago", async () => {
  const counts = { bytesIn: 1_000, requests: 10 };
  const { recorder, time } = recorderOf(counts);
  const first = await recorder.snapshot();
  assert.deepEqual([first.windowMs, first.totals.bytesInPerSecond], [0, 0]);
  time.nowMs = 2_000;
  counts.bytesIn = 5_000;
  counts.requests = 30;
  const second = await recorder.snapshot();
  assert.equal(second.windowMs, 2_000);
  assert.equal(second.totals.bytesInPerSecond, 2_000);
  assert.deepEqual(second.topics.map((topic) => [topic.name, topic.isInternal, topic.bytesInPerSecond]), [
    ["t", false, 2_000],
    ["__consumer_offsets", true, 0],
  ]);
  assert.deepEqual(second.apis.map((api) => [api.name, api.requestsPerSecond]), [["Produce", 10]]);
  for (let look = 2; look < 10; look++) {
    time.nowMs = look * 2_000;
    await recorder.snapshot();
  }
  const late = await recorder.snapshot();
  assert(late.windowMs <= 4_000, "old looks are forgotten");
  assert.equal(late.totals.bytesInPerSecond, 0, "nothing came in the last seconds");
});

Deno.test("whoever asks again at once is shown the same", async () => {
  const { recorder, time } = recorderOf({});
  const first = await recorder.snapshot();
  time.nowMs = 500;
  assert.equal(await recorder.snapshot(), first);
  time.nowMs = 1_000;
  const [second, third] = await Promise.all([recorder.snapshot(), recorder.snapshot()]);
  assert.notEqual(second, first);
  assert.equal(third, second);
});

Deno.test("percentiles are of what was measured within the window", async () => {
  const counts = { requests: 1_000_000, slow: 0 };
  const { recorder, time } = recorderOf(counts);
  await recorder.snapshot();
  time.nowMs = 2_000;
  counts.slow = 100;
  const { produce } = await recorder.snapshot();
  assert.deepEqual(
    [produce.p50Ms, produce.p95Ms],
    [55, 95.5],
    "a hundred between 10 and 100 ms, nothing else",
  );
});

Deno.test("a group's lag is the sum of what is known", async () => {
  const { groups } = await recorderOf({}).recorder.snapshot();
  assert.deepEqual(groups.map(({ lag, maxLagSeconds }) => [lag, maxLagSeconds]), [[3, 3]]);
  assert.deepEqual(groups[0]!.partitions.map(({ lag }) => lag), [3, null]);
});
