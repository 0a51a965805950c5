/** What a node's metrics add to what its parts count. */

import assert from "node:assert/strict";
import { HttpCounters } from "../../../../src/http/gate.ts";
import type { TopicChange } from "../../../../src/metadata/change.ts";
import type { LoopDelay } from "../../../../src/node/http/loop_delay.ts";
import { NodeMetrics } from "../../../../src/node/http/metrics_source.ts";
import { fetch } from "../../../../src/protocol/messages/01_fetch.ts";
import { heartbeat } from "../../../../src/protocol/messages/12_heartbeat.ts";
import { FakeNode } from "./shown_node.ts";

function metricsOf(node: FakeNode): { readonly metrics: NodeMetrics; readonly time: { nowMs: number } } {
  const time = { nowMs: 0 };
  const metrics = new NodeMetrics(node.shown(), {
    clock: { monotonicMs: () => time.nowMs, wallMs: () => 0 },
    loopDelay: {} as LoopDelay,
    http: new HttpCounters(),
  });
  return { metrics, time };
}

Deno.test("metadata that are not in force are behind since when that was first seen", () => {
  const node = new FakeNode();
  const { metrics, time } = metricsOf(node);
  metrics.look();
  assert.equal(metrics.quorum().applyLagMs, 0);
  node.highWatermark = 20;
  metrics.look();
  time.nowMs = 3_000;
  metrics.look();
  assert.equal(metrics.quorum().applyLagMs, 3_000);
  node.offset = 19;
  metrics.look();
  assert.equal(metrics.quorum().applyLagMs, 0);
});

Deno.test("every leader of the quorum counts once, and that there is none does not", () => {
  const node = new FakeNode();
  const { metrics } = metricsOf(node);
  assert.equal(metrics.quorum().elections, 1);
  node.lead({ leaderId: -1, leaderEpoch: 2 });
  node.lead({ leaderId: 2, leaderEpoch: 2 });
  node.lead({ leaderId: 2, leaderEpoch: 2 });
  node.lead({ leaderId: 2, leaderEpoch: 3 });
  assert.equal(metrics.quorum().elections, 3);
});

Deno.test("requests of both servers are one API's, their durations and errors summed", () => {
  const node = new FakeNode();
  const { metrics } = metricsOf(node);
  for (const [index, stats] of node.stats.entries()) {
    const one = stats.of(fetch);
    one.requests = index + 1;
    one.total.observe(index === 0 ? 0.05 : 0.3);
    one.onResponse({ errorCode: 6, responses: [] });
    stats.connectionsOpen = 3;
  }
  node.stats[0]!.of(heartbeat).requests = 7;
  const apis = new Map(metrics.apis().map((api) => [api.name, api]));
  assert.deepEqual([...apis.keys()].sort(), ["Fetch", "Heartbeat"]);
  assert.equal(apis.get("Heartbeat")!.requests, 7);
  const both = apis.get("Fetch")!;
  assert.equal(both.requests, 3);
  assert.deepEqual([...both.errors], [["NOT_LEADER_OR_FOLLOWER", 2]]);
  assert.deepEqual(Array.from(both.total.counts).slice(0, 3), [1, 0, 1]);
  assert.equal(metrics.connections().open, 6);
});

Deno.test("a leader that has to recover was elected uncleanly, once for each time", () => {
  const node = new FakeNode();
  const shown = node.shown();
  const controller = { isActive: true, image: shown.quorum.image };
  const metrics = new NodeMetrics({ ...shown, controller } as never, {
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    loopDelay: {} as LoopDelay,
    http: new HttpCounters(),
  });
  const at = (leader: number, leaderEpoch: number, leaderRecoveryState: number) => ({
    partitions: [{ leader, leaderEpoch, leaderRecoveryState }],
  });
  const change = (before: unknown, after: unknown) =>
    node.change([{ before, after, partitions: [0] } as unknown as TopicChange]);
  change(at(1, 1, 0), at(2, 2, 0));
  change(at(2, 2, 0), at(-1, 3, 0));
  assert.equal(metrics.controller()!.uncleanElections, 0);
  change(at(-1, 3, 0), at(3, 4, 1));
  change(at(3, 4, 1), at(3, 4, 1));
  change(at(3, 4, 1), at(3, 4, 0));
  assert.equal(metrics.controller()!.uncleanElections, 1);
});

Deno.test("a node that is not the active controller tells nothing of the cluster", () => {
  assert.equal(metricsOf(new FakeNode()).metrics.controller(), null);
});
