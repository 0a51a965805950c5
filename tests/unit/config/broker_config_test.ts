import assert from "node:assert/strict";
import { BrokerConfig } from "../../../src/config/broker_config.ts";

Deno.test("the rebalance delay is 0 on a node that is its own quorum and Kafka's 3 s in a cluster", () => {
  assert.equal(new BrokerConfig().get("group.initial.rebalance.delay.ms"), 0);
  const cluster = BrokerConfig.of({ "controller.quorum.voters": "1@a:9093,2@b:9093" });
  assert.equal(cluster.get("group.initial.rebalance.delay.ms"), 3000);
});

Deno.test("a broker's own dynamic value wins over the cluster's, that over the static one (KIP-226)", () => {
  const config = BrokerConfig.of({ "message.max.bytes": 1000 });
  config.setClusterDefaults(new Map([["message.max.bytes", "2000"]]));
  assert.equal(config.get("message.max.bytes"), 2000);
  config.setOverrides(new Map([["message.max.bytes", "3000"]]));
  assert.equal(config.get("message.max.bytes"), 3000);
  config.setOverrides(new Map());
  config.setClusterDefaults(new Map());
  assert.equal(config.get("message.max.bytes"), 1000);
});

Deno.test("a read-only config does not change while the broker runs", () => {
  const config = BrokerConfig.of({ "num.partitions": 3 });
  config.setOverrides(new Map([["num.partitions", "9"]]));
  assert.equal(config.get("num.partitions"), 3);
});

Deno.test("a dynamic value that cannot be parsed counts as not set", () => {
  const config = new BrokerConfig();
  config.setOverrides(new Map([["message.max.bytes", "lots"]]));
  assert.equal(config.get("message.max.bytes"), 1048588);
});

Deno.test("listeners hear which configs changed, and nothing after they leave", () => {
  const config = new BrokerConfig();
  const heard: string[][] = [];
  const leave = config.onChange((changed) => heard.push([...changed]));
  config.setClusterDefaults(new Map([["max.connections", "5"], ["log.retention.ms", "7"]]));
  config.setClusterDefaults(new Map([["max.connections", "5"], ["log.retention.ms", "7"]]));
  leave();
  config.setClusterDefaults(new Map());
  assert.deepEqual(heard.map((names) => names.toSorted()), [["log.retention.ms", "max.connections"]]);
});

Deno.test("a topic follows its broker until it says otherwise", () => {
  const config = BrokerConfig.of({ "log.retention.minutes": 10, "log.roll.hours": 2 });
  assert.equal(config.topic()["retention.ms"], 600_000);
  assert.equal(config.topic()["segment.ms"], 7_200_000);
  assert.equal(config.topic(new Map([["retention.ms", "-1"]]))["retention.ms"], -1);
  config.setClusterDefaults(new Map([["log.retention.ms", "5000"]]));
  assert.equal(config.topic()["retention.ms"], 5000);
});

Deno.test("negative hours of retention mean for ever, not a negative time", () => {
  assert.equal(BrokerConfig.of({ "log.retention.hours": -1 }).topic()["retention.ms"], -1);
});

Deno.test("internal.segment.bytes makes segments smaller than the minimum, for tests", () => {
  const config = new BrokerConfig();
  assert.equal(config.topic(new Map([["internal.segment.bytes", "1000"]]))["segment.bytes"], 1000);
});

Deno.test("resolved values cannot be written to", () => {
  const config = new BrokerConfig();
  assert.ok(Object.isFrozen(config.values));
  assert.ok(Object.isFrozen(config.topic()));
});
