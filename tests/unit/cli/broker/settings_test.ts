/** From the flags of `sluice broker` to Kafka's configs (DESIGN.md section 5: flags, environment, file, default). */

import assert from "node:assert/strict";
import { brokerCommand, type BrokerOptions } from "../../../../src/cli/broker/command.ts";
import { readyLine } from "../../../../src/cli/broker/ready.ts";
import { loadSettings } from "../../../../src/cli/broker/settings.ts";
import { parseOptions } from "../../../../src/cli/parse.ts";
import { FakeProcess, platformWith } from "../fake_process.ts";

async function settings(line: string, environment: Record<string, string> = {}, file = "") {
  const options = parseOptions(brokerCommand, line === "" ? [] : line.split(" ")) as BrokerOptions;
  const platform = platformWith();
  const disk = { ...platform.disk, readFile: () => new TextEncoder().encode(file) };
  const context = {
    process: new FakeProcess({ args: [], environment }),
    platform: { ...platform, disk: disk as unknown as typeof platform.disk },
  };
  return (await loadSettings(options, context)).config;
}

Deno.test("without flags a broker is alone, on this machine, with its data beside it", async () => {
  const config = await settings("");
  assert.deepEqual(config.get("listeners"), ["PLAINTEXT://127.0.0.1:9092"]);
  assert.equal(config.get("advertised.listeners"), null);
  assert.deepEqual(config.get("log.dirs") ?? config.get("log.dir"), ["sluice-data"]);
  assert.ok(config.isSingleNode);
});

Deno.test("each flag is a config of Kafka's name", async () => {
  const config = await settings(
    "--listen [::1]:7 --advertise example.org:8 --node-id 4 --data-dir d --rack r --log-level debug " +
      "--log-format json --ephemeral --set log.retention.ms=7d --set num.partitions=3 --roles controller " +
      "--controllers 1@a:1,4@b:2 --controller-listen 0.0.0.0:2 --join a:9092,b:9092",
  );
  assert.deepEqual(config.get("process.roles"), ["controller"]);
  assert.deepEqual(config.get("controller.quorum.voters"), ["1@a:1", "4@b:2"]);
  assert.equal(config.get("controller.listen"), "0.0.0.0:2");
  assert.deepEqual(config.get("cluster.join"), ["a:9092", "b:9092"]);
  assert.equal(config.isSingleNode, false);
  assert.deepEqual(config.get("listeners"), ["PLAINTEXT://[::1]:7"]);
  assert.deepEqual(config.get("advertised.listeners"), ["PLAINTEXT://example.org:8"]);
  assert.equal(config.get("node.id"), 4);
  assert.deepEqual(config.get("log.dirs"), ["d"]);
  assert.equal(config.get("broker.rack"), "r");
  assert.equal(config.get("logging.level"), "debug");
  assert.equal(config.get("logging.format"), "json");
  assert.equal(config.get("ephemeral"), true);
  assert.equal(config.get("log.retention.ms"), 604_800_000);
  assert.equal(config.get("num.partitions"), 3);
});

Deno.test("flags win over the environment, which wins over the file", async () => {
  const file = "num.partitions: 1\nlog.segment.bytes: 20MiB\nbroker.rack: file\n";
  const environment = { SLUICE_NUM_PARTITIONS: "2", SLUICE_BROKER_RACK: "environment" };
  const config = await settings("--config f.yaml --set num.partitions=3", environment, file);
  assert.equal(config.get("num.partitions"), 3);
  assert.equal(config.get("broker.rack"), "environment");
  assert.equal(config.get("log.segment.bytes"), 20 * 1024 * 1024);
});

Deno.test("the line that says it serves has the real addresses", () => {
  const facts = {
    nodeId: 1,
    clusterId: "c",
    roles: ["broker", "controller"],
    addresses: new Map([["PLAINTEXT", { host: "127.0.0.1", port: 4321 }]]),
    controllerAddress: { host: "127.0.0.1", port: 4322 },
    httpAddress: { host: "127.0.0.1", port: 4323 },
    dataDir: "d",
    startupMs: 12.3,
  };
  assert.deepEqual(JSON.parse(readyLine(facts, "json")), {
    event: "ready",
    nodeId: 1,
    clusterId: "c",
    roles: ["broker", "controller"],
    listeners: { PLAINTEXT: { host: "127.0.0.1", port: 4321 } },
    controller: { host: "127.0.0.1", port: 4322 },
    http: { host: "127.0.0.1", port: 4323 },
    dataDir: "d",
    startupMs: 12,
  });
  assert.match(
    readyLine(facts, "text"),
    /^sluice \S+ serves on 127\.0\.0\.1:4321 .* http:\/\/127\.0\.0\.1:4323, .*\n$/,
  );
  const alone = { ...facts, roles: ["controller"], addresses: new Map() };
  assert.match(readyLine(alone, "text"), /serves on 127\.0\.0\.1:4322 \(controllers only\) as node 1/);
});
