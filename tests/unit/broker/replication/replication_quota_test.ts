/** The bucket of the replication quota, and which replicas it is for (KIP-73). */

import assert from "node:assert/strict";
import { ReplicationQuota, throttledSides } from "../../../../src/broker/replication/replication_quota.ts";
import type { TopicConfig } from "../../../../src/config/table.ts";
import { ManualTime } from "../../../harness/log_world.ts";

function quotaOf(rate: number) {
  const time = new ManualTime();
  const limit = { rate };
  return { time, limit, quota: new ReplicationQuota(time.clock, () => limit.rate) };
}

Deno.test("nothing waits before there is a rate", () => {
  const { quota } = quotaOf(9223372036854775807);
  quota.record(1e12);
  assert.equal(quota.isExceeded, false);
});

Deno.test("over a long time no more passes than the rate, whatever the size of the reads", () => {
  const { time, quota } = quotaOf(1000);
  let passed = 0;
  for (let ms = 0; ms < 60_000; ms += 10) {
    if (!quota.isExceeded) {
      quota.record(5000);
      passed += 5000;
    }
    time.advance(10);
  }
  assert.ok(passed <= 60_000 + 5000 + 1000, `${passed}`);
  assert.ok(passed >= 55_000, `${passed}`);
});

Deno.test("the wait that is told is about as long as it takes", () => {
  const { time, quota } = quotaOf(1000);
  time.advance(100);
  quota.record(400);
  assert.equal(quota.waitMs, 301);
  time.advance(quota.waitMs);
  assert.equal(quota.isExceeded, false);
});

Deno.test("a pause does not save up more than a second's worth", () => {
  const { time, quota } = quotaOf(1000);
  time.advance(3_600_000);
  quota.record(1000);
  assert.equal(quota.isExceeded, true);
});

Deno.test("a rate that is taken away lets everybody pass at once", () => {
  const { quota, limit } = quotaOf(1000);
  quota.record(1e9);
  assert.equal(quota.isExceeded, true);
  limit.rate = 9223372036854775807;
  assert.equal(quota.isExceeded, false);
});

Deno.test("a topic names its throttled replicas by partition and broker, or all of them", () => {
  const config = (leader: string[], follower: string[]) =>
    ({
      "leader.replication.throttled.replicas": leader,
      "follower.replication.throttled.replicas": follower,
    }) as unknown as TopicConfig;
  assert.deepEqual(throttledSides(config(["0:1", "1:2"], ["0:2"]), 0, 1), { leader: true, follower: false });
  assert.deepEqual(throttledSides(config(["0:1", "1:2"], ["0:2"]), 0, 2), { leader: false, follower: true });
  assert.deepEqual(throttledSides(config(["*"], []), 7, 9), { leader: true, follower: false });
});
