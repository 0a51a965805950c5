// What DescribeConfigs says beyond the golden answers of tests/golden/kafka_configs.json.

import assert from "node:assert/strict";
import { BrokerConfig } from "../../../src/config/broker_config.ts";
import { type ConfigRow, ConfigSource, describeBroker, describeTopic } from "../../../src/config/describe.ts";

function rowOf(rows: readonly ConfigRow[], name: string): ConfigRow {
  const row = rows.find((one) => one.name === name);
  assert.ok(row, `${name} is described`);
  return row;
}

Deno.test("a config of one listener is shown with the one it replaces, its secret hidden (KIP-226)", () => {
  const config = BrokerConfig.of({ "ssl.keystore.type": "PEM" });
  config.setOverrides(
    new Map([
      ["listener.name.tls.ssl.keystore.type", "PKCS12"],
      ["listener.name.tls.ssl.keystore.password", "hunter2"],
    ]),
  );
  const rows = describeBroker(config);
  const type = rowOf(rows, "listener.name.tls.ssl.keystore.type");
  assert.equal(type.value, "PKCS12");
  assert.deepEqual(type.synonyms.map(({ name, value, source }) => [name, value, source]), [
    ["listener.name.tls.ssl.keystore.type", "PKCS12", ConfigSource.dynamicBroker],
    ["ssl.keystore.type", "PEM", ConfigSource.staticBroker],
    ["ssl.keystore.type", "JKS", ConfigSource.default],
  ]);
  const password = rowOf(rows, "listener.name.tls.ssl.keystore.password");
  assert.ok(password.isSensitive);
  assert.equal(password.value, null);
  assert.doesNotMatch(JSON.stringify(rows), /hunter2/);
});

Deno.test("a setting that no table knows is shown without its value: it could be a secret", () => {
  const config = new BrokerConfig();
  config.setOverrides(new Map([["a.plugin.password", "hunter2"]]));
  const row = rowOf(describeBroker(config), "a.plugin.password");
  assert.ok(row.isSensitive);
  assert.doesNotMatch(JSON.stringify(row), /hunter2/);
});

Deno.test("an internal config is shown only where it is set", () => {
  const config = new BrokerConfig();
  const names = (rows: readonly ConfigRow[]) => rows.map(({ name }) => name);
  assert.ok(!names(describeTopic(config, new Map())).includes("internal.segment.bytes"));
  assert.ok(
    names(describeTopic(config, new Map([["internal.segment.bytes", "9"]]))).includes(
      "internal.segment.bytes",
    ),
  );
});

Deno.test("the documentation of a config that changes nothing says so", () => {
  const rows = describeBroker(new BrokerConfig());
  assert.match(rowOf(rows, "remote.log.reader.threads").documentation, /does not act on it yet\.$/);
  assert.doesNotMatch(rowOf(rows, "log.segment.bytes").documentation, /does not act/);
});
