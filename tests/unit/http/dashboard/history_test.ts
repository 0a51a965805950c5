/** What the page remembers: rates from how far offsets moved, lags, gaps where it was not told. */

import assert from "node:assert/strict";
import { History } from "../../../../src/http/dashboard/client/state/history.ts";
import type { GroupPicture, Layout, Pulse } from "../../../../src/http/dashboard/picture.ts";

const layout: Layout = {
  version: 1,
  clusterId: "c",
  nodeId: 1,
  software: "test",
  brokers: [],
  topics: [{
    name: "a",
    isInternal: false,
    minInsyncReplicas: 1,
    partitions: [
      { leader: 1, leaderEpoch: 0, replicas: [1], isr: [1] },
      { leader: 1, leaderEpoch: 0, replicas: [1], isr: [1] },
    ],
  }],
};

function pulseAt(
  seconds: number,
  ends: readonly number[],
  { version = 1, groups = null }: { readonly version?: number; readonly groups?: Pulse["groups"] } = {},
): Pulse {
  const offsets = [{ starts: [0, 0], ends }];
  const atMs = 1_000_000 + seconds * 1_000;
  return {
    atMs,
    offsetsAtMs: atMs,
    version,
    metadataOffset: 0,
    offsets,
    groups,
    quorum: null,
    storage: null,
    local: null,
  };
}

function groupAt(...offsets: readonly number[]): GroupPicture[] {
  const committed = offsets.map((offset, partition) => ({ topic: "a", partition, offset }));
  return [{
    groupId: "g/1",
    state: "Stable",
    type: "classic",
    assignor: "range",
    coordinator: 1,
    members: [],
    committed,
  }];
}

Deno.test("rates are how far the ends moved a second, for partition, topic and cluster", () => {
  const history = new History();
  history.add(layout, pulseAt(0, [100, 0]));
  history.add(layout, pulseAt(2, [120, 60]));
  assert.deepEqual([history.latest("in:a/0"), history.latest("in:a/1")], [10, 30]);
  assert.deepEqual([history.latest("in:a"), history.latest("in")], [40, 40]);
});

Deno.test("a group's lag and rate come from its positions, whatever is in its name", () => {
  const history = new History();
  history.add(layout, pulseAt(0, [100, 100], { groups: groupAt(40, 90) }));
  assert.equal(history.latest("lag:g/1"), 70);
  history.add(layout, pulseAt(1, [100, 100], { groups: groupAt(70, 90) }));
  assert.deepEqual([history.latest("lag:g/1"), history.latest("out:g/1"), history.latest("out:a>g/1")], [
    40,
    30,
    30,
  ]);
});

Deno.test("partitions whose leader is silent, and pulses of another layout, count for nothing", () => {
  const history = new History();
  history.add(layout, pulseAt(0, [100, -1]));
  history.add(layout, pulseAt(1, [110, 500]));
  assert.equal(history.latest("in"), 10);
  history.add(layout, pulseAt(2, [900, 900], { version: 7 }));
  assert.equal(history.latest("in"), null);
});

Deno.test("an end that went back is no negative rate", () => {
  const history = new History();
  history.add(layout, pulseAt(0, [100, 0]));
  history.add(layout, pulseAt(1, [40, 0]));
  assert.equal(history.latest("in"), 0);
});

Deno.test("a time without pulses is a gap, and no rate is made across it", () => {
  const history = new History();
  history.add(layout, pulseAt(0, [0, 0]));
  history.add(layout, pulseAt(1, [10, 0]));
  history.add(layout, pulseAt(60, [5_000, 0]));
  assert.deepEqual(history.times.map((time) => time - 1_000), [0, 1, 2, 60]);
  assert.deepEqual(history.series("in"), [null, 10, null, null]);
});

Deno.test("how old a position is, is told as far back as the page knows", () => {
  const history = new History();
  for (let second = 0; second < 10; second++) history.add(layout, pulseAt(second, [second * 10, 0]));
  assert.equal(history.ageOf("a", 0, 55), 4_000);
  assert.equal(history.ageOf("a", 0, 90), 0);
  assert.equal(history.ageOf("a", 0, -5), null);
  assert.equal(history.ageOf("other", 0, 5), null);
});

Deno.test("no more than ten minutes are kept, in all series alike", () => {
  const history = new History();
  for (let second = 0; second < 700; second++) {
    history.add(layout, pulseAt(second, [second, 0], { groups: groupAt(second, 0) }));
  }
  assert.equal(history.times.length, 600);
  for (const name of ["in", "in:a/1", "lag:g/1", "out:g/1"]) {
    assert.equal(history.series(name).length, 600, name);
  }
});

Deno.test("between two looks at the groups their lag stays, whatever was produced since", () => {
  const history = new History();
  history.add(layout, pulseAt(0, [100, 0], { groups: groupAt(90, 0) }));
  history.add(layout, pulseAt(1, [150, 0]));
  history.add(layout, pulseAt(2, [200, 0], { groups: groupAt(195, 0) }));
  assert.deepEqual(history.series("lag:g/1"), [10, 10, 5]);
});

Deno.test("ends that are told twice are one look, however many pulses tell of them", () => {
  const history = new History();
  history.add(layout, pulseAt(0, [0, 0]));
  history.add(layout, pulseAt(2, [20, 0]));
  history.add(layout, { ...pulseAt(3, [20, 0]), offsetsAtMs: pulseAt(2, []).atMs });
  assert.equal(history.latest("in"), 10);
});
