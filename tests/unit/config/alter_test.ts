// The wording is that of Apache Kafka 4.3, whose LogConfig.validate and DynamicBrokerConfig.validateConfigs were asked.

import assert from "node:assert/strict";
import {
  AlterOperation,
  applyChanges,
  validateBrokerSettings,
  validateGroupSettings,
  validateTopicSettings,
} from "../../../src/config/alter.ts";

const topic = (settings: Record<string, string | null>) =>
  validateTopicSettings(new Map(Object.entries(settings)));
const broker = (settings: Record<string, string>, scope: "broker" | "cluster" = "broker") =>
  validateBrokerSettings(new Map(Object.entries(settings)), scope);

Deno.test("topic configs are refused in Kafka's words", () => {
  assert.equal(topic({ "foo.bar": "1" }), "Unknown topic config name: foo.bar");
  assert.equal(
    topic({ "retention.ms": "abc" }),
    "Invalid value abc for configuration retention.ms: Not a number of type LONG",
  );
  assert.equal(
    topic({ "retention.ms": "-5" }),
    "Invalid value -5 for configuration retention.ms: Value must be at least -1",
  );
  assert.equal(
    topic({ "segment.bytes": "99999999999" }),
    "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT",
  );
  assert.equal(
    topic({ "compression.type": "foo" }),
    "Invalid value foo for configuration compression.type: " +
      "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer",
  );
  assert.equal(
    topic({ "cleanup.policy": "foo" }),
    "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete",
  );
  assert.equal(
    topic({ "preallocate": "maybe" }),
    "Invalid value maybe for configuration preallocate: Expected value to be either true or false",
  );
  assert.equal(
    topic({ "compression.gzip.level": "12" }),
    "Invalid value 12 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1",
  );
  assert.equal(
    topic({ "compression.lz4.level": "99" }),
    "Invalid value 99 for configuration compression.lz4.level: Value must be no more than 17",
  );
  assert.equal(
    topic({ "min.compaction.lag.ms": "100", "max.compaction.lag.ms": "50" }),
    "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (50)",
  );
  assert.equal(topic({ "retention.ms": null }), "Null value not supported for topic configs: retention.ms");
});

Deno.test("the protocol takes plain values only, not the human forms of files and flags", () => {
  assert.match(topic({ "retention.ms": "7d" }) ?? "", /Not a number of type LONG/);
  assert.match(topic({ "segment.bytes": "10MiB" }) ?? "", /Not a number of type INT/);
});

Deno.test("topic configs that Kafka takes are taken", () => {
  assert.equal(
    topic({ "cleanup.policy": "compact, delete", "retention.ms": " 5 ", "preallocate": "TRUE" }),
    null,
  );
  assert.equal(topic({ "cleanup.policy": "" }), null);
  assert.equal(topic({ "leader.replication.throttled.replicas": "*" }), null);
  assert.equal(topic({ "leader.replication.throttled.replicas": "0:1,1:2" }), null);
  assert.notEqual(topic({ "leader.replication.throttled.replicas": "none" }), null);
  assert.equal(topic({ "flush.ms": "9223372036854775807" }), null);
  assert.notEqual(topic({ "flush.ms": "9223372036854775808" }), null);
});

Deno.test("broker configs that cannot change while it runs are refused (KIP-226)", () => {
  assert.equal(broker({ "node.id": "4" }), "Cannot update these configs dynamically: [node.id]");
  assert.equal(
    broker({ "ssl.keystore.location": "/k" }),
    "These security configs can be dynamically updated only per-listener using the listener prefix: " +
      "[ssl.keystore.location]",
  );
  assert.equal(
    broker({ "listeners": "A://:1" }, "cluster"),
    "Cannot update these configs at default cluster level, broker id must be specified: [listeners]",
  );
  assert.equal(
    broker({ "log.segment.bytes": "2" }),
    "Invalid value 2 for configuration log.segment.bytes: Value must be at least 1048576",
  );
  assert.equal(broker({ "listener.name.internal.ssl.keystore.location": "/k" }), null);
  assert.equal(broker({ "max.connections": "5" }, "cluster"), null);
  assert.equal(broker({ "a.plugin.setting": "x" }), null);
});

Deno.test("group configs have their own names", () => {
  assert.equal(validateGroupSettings(new Map([["consumer.session.timeout.ms", "50000"]])), null);
  assert.match(validateGroupSettings(new Map([["retention.ms", "1"]])) ?? "", /Unknown group config name/);
});

Deno.test("incremental changes set, delete, append and subtract (KIP-339)", () => {
  const change = (name: string, operation: number, value: string | null) => ({ name, operation, value });
  const result = applyChanges("topic", new Map([["retention.ms", "5"], ["segment.ms", "6"]]), [
    change("retention.ms", AlterOperation.set, "7"),
    change("segment.ms", AlterOperation.delete, null),
    change("cleanup.policy", AlterOperation.append, "compact,delete"),
  ]);
  assert.ok(result.ok);
  assert.deepEqual(Object.fromEntries(result.settings), {
    "retention.ms": "7",
    "cleanup.policy": "delete,compact",
  });
  const less = applyChanges("topic", result.settings, [
    change("cleanup.policy", AlterOperation.subtract, "delete"),
  ]);
  assert.ok(less.ok);
  assert.equal(less.settings.get("cleanup.policy"), "compact");
});

Deno.test("append to a config that is not a list is refused in Kafka's words", () => {
  const result = applyChanges("topic", new Map(), [
    { name: "retention.ms", operation: AlterOperation.append, value: "1" },
  ]);
  assert.deepEqual(result, {
    ok: false,
    problem: "Can't APPEND to key retention.ms because its type is not LIST.",
  });
  assert.equal(applyChanges("topic", new Map(), [{ name: "a", operation: 9, value: "" }]).ok, false);
  assert.equal(applyChanges("topic", new Map(), [{ name: "a", operation: 0, value: null }]).ok, false);
});
