import assert from "node:assert/strict";
import { partitionForGroup } from "../../../../src/broker/groups/group_coordinator.ts";

Deno.test("groups: a group is in the partition where Apache Kafka looks for it", () => {
  // Utils.abs(id.hashCode()) % 50 of Kafka 4.3.0. A mask instead of the absolute value puts every group with a negative
  // hash elsewhere, and Kafka then does not find its offsets in a data directory of Sluice.
  const partitions = {
    "classic-group": 34, // hash -1592783484
    "simple-group": 30,
    "group": 47,
    "a": 47,
    "polygenelubricants": 0, // hash -2147483648, whose absolute value is no int32
    "": 0,
    "\u00fc-group": 12,
    "console-consumer-1": 24,
  };
  for (const [group, partition] of Object.entries(partitions)) {
    assert.equal(partitionForGroup(group, 50), partition, group);
  }
});
