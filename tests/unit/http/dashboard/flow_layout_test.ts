/** The picture of the flow: nothing overlaps, nothing leaves the picture, thickness follows the rate. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type FlowBox, flowLayout } from "../../../../src/http/dashboard/client/flow/flow_layout.ts";

const rates = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
const topics = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 8 }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc.record({ name: fc.constant(name), partitions: fc.array(rates, { minLength: 1, maxLength: 12 }) })
    ),
  )
);

function assertApart(boxes: readonly FlowBox[], height: number): void {
  boxes.forEach((box, index) => {
    const before = boxes[index - 1];
    if (before !== undefined) assert(box.y >= before.y + before.height);
    assert(box.y >= 0 && box.y + box.height <= height + 1e-6);
  });
}

Deno.test("boxes of a column do not overlap and stay inside, whatever the rates are", () => {
  fc.assert(fc.property(topics, rates, fc.integer({ min: 280, max: 2_000 }), (given, rate, width) => {
    const groups = [0, 1].map((id) => ({
      groupId: `g${id}`,
      lag: 0,
      reads: given.map(({ name }) => ({ topic: name, rate })),
    }));
    const picture = flowLayout(given, groups, width);
    assertApart(picture.topics, picture.height);
    assertApart(picture.groups, picture.height);
    assertApart([picture.producers], picture.height);
    for (const { from, to, thickness } of picture.bands) {
      for (const value of [from.x, from.y, to.x, to.y, thickness]) assert(Number.isFinite(value));
      assert(from.x >= 0 && to.x <= width);
    }
  }));
});

Deno.test("a band is as thick as its rate, and what does not flow has no thickness", () => {
  const picture = flowLayout(
    [{ name: "busy", partitions: [300] }, { name: "calm", partitions: [100] }, {
      name: "idle",
      partitions: [0],
    }],
    [],
    1_000,
  );
  const thickness = new Map(picture.bands.map((band) => [band.id, band.thickness]));
  assert.equal(thickness.get(">busy"), 3 * thickness.get(">calm")!);
  assert.equal(thickness.get(">idle"), 0);
});
