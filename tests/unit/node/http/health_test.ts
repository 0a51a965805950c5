/** What makes a node unhealthy, and what makes it not ready. */

import assert from "node:assert/strict";
import { NodeHealth } from "../../../../src/node/http/health.ts";
import { FakeNode } from "./shown_node.ts";

/** The checks that fail, those that clients need marked with an exclamation mark. */
function failing(
  node: FakeNode,
  more: { nowMs?: number; isStopping?: boolean; isBroker?: boolean } = {},
): string {
  const clock = { monotonicMs: () => more.nowMs ?? 0, wallMs: () => 0 };
  const health = new NodeHealth(node.shown(more.isBroker), clock);
  health.isStopping = more.isStopping ?? false;
  return health.checks().filter(({ status }) => status === "down")
    .map(({ name, isNeededForReady }) => isNeededForReady ? `${name}!` : name).join();
}

Deno.test("a node that serves passes every check", () => {
  assert.equal(failing(new FakeNode()), "");
  assert.equal(failing(new FakeNode(), { isBroker: false }), "");
});

Deno.test("it is not ready while it stops, or is behind what is committed", () => {
  assert.equal(failing(new FakeNode(), { isStopping: true }), "running!");
  assert.equal(failing(Object.assign(new FakeNode(), { highWatermark: 12 })), "metadata!");
});

Deno.test("nor before it is registered, while it is fenced, or once no controller hears it", () => {
  assert.equal(failing(Object.assign(new FakeNode(), { epoch: -1 })), "registration!");
  assert.equal(failing(Object.assign(new FakeNode(), { fenced: true })), "registration!");
  assert.equal(failing(new FakeNode(), { nowMs: 9_000 }), "");
  assert.equal(failing(new FakeNode(), { nowMs: 9_001 }), "registration!");
});

Deno.test("one of several directories may fail or be full: the others take what comes", () => {
  const node = new FakeNode();
  const [disk] = node.disks;
  node.disks = [{ ...disk!, isOnline: false }, { ...disk!, path: "b" }];
  assert.equal(failing(node), "log-directories");
  node.disks = [{ ...disk!, isFull: true }, { ...disk!, path: "b" }];
  assert.equal(failing(node), "disk-space");
  node.disks = [{ ...disk!, isFull: true }];
  assert.equal(failing(node), "disk-space!");
  node.disks = [{ ...disk!, isOnline: false }];
  assert.equal(failing(node), "log-directories!");
});

Deno.test("without a leader of the quorum a node still serves", () => {
  const node = new FakeNode();
  node.leadership = { leaderId: -1, leaderEpoch: 2 };
  assert.equal(failing(node), "quorum");
});
