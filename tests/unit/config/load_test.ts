import assert from "node:assert/strict";
import { UsageError } from "../../../src/core/errors.ts";
import { describeBroker } from "../../../src/config/describe.ts";
import { type ConfigSources, environmentName, loadConfig } from "../../../src/config/load.ts";
import { brokerTable } from "../../../src/config/table.ts";

async function refused(sources: ConfigSources): Promise<string> {
  try {
    await loadConfig(sources);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error("the settings were accepted");
}

const yaml = (text: string) => ({ file: { name: "sluice.yaml", text } });

Deno.test("flags win over the environment, the environment over the file, the file over the default", async () => {
  const { config } = await loadConfig({
    ...yaml("num.partitions: 2\nmax.connections: 20\nqueued.max.requests: 200\n"),
    environment: { SLUICE_NUM_PARTITIONS: "3", SLUICE_MAX_CONNECTIONS: "30", PATH: "/bin" },
    flags: [["num.partitions", "4"]],
  });
  assert.equal(config.get("num.partitions"), 4);
  assert.equal(config.get("max.connections"), 30);
  assert.equal(config.get("queued.max.requests"), 200);
  assert.equal(config.get("log.segment.bytes"), 1073741824);
  assert.equal(config.statics.get("num.partitions")?.origin, "flag");
  assert.equal(config.statics.get("max.connections")?.origin, "environment");
  assert.equal(config.statics.get("queued.max.requests")?.origin, "file");
});

Deno.test("a higher layer's log.retention.hours wins over a lower layer's log.retention.ms", async () => {
  const { config } = await loadConfig({
    ...yaml("log.retention.ms: 1000\n"),
    flags: [["log.retention.hours", "2"]],
  });
  assert.equal(config.topic()["retention.ms"], 7_200_000);
});

Deno.test("YAML takes flat and nested names, lists, durations and sizes", async () => {
  const { config } = await loadConfig(yaml(`
log:
  segment.bytes: 10MiB
  retention:
    ms: 7d
log.cleanup.policy: [compact, delete]
log.flush.interval.messages: 9223372036854775807
auto.create.topics.enable: false
broker.rack: 1
`));
  assert.equal(config.get("log.segment.bytes"), 10485760);
  assert.equal(config.get("log.retention.ms"), 604_800_000);
  assert.deepEqual(config.get("log.cleanup.policy"), ["compact", "delete"]);
  assert.equal(config.statics.get("log.flush.interval.messages")?.text, "9223372036854775807");
  assert.equal(config.get("auto.create.topics.enable"), false);
  assert.equal(config.get("broker.rack"), "1");
});

Deno.test("a wrong value is refused with the name, the value and the range", async () => {
  assert.equal(
    await refused(yaml("log.segment.bytes: 10 apples")),
    'log.segment.bytes: "10 apples" is not a size; wanted a whole number of bytes or a size such as 10MiB, ' +
      "from 1048576 up",
  );
  assert.equal(
    await refused({ flags: [["log.segment.bytes", "1KiB"]] }),
    'log.segment.bytes: "1KiB" is not allowed; wanted a whole number of bytes or a size such as 10MiB, ' +
      "from 1048576 up",
  );
  assert.match(await refused({ flags: [["compression.type", "brotli"]] }), /wanted one of .*zstd/);
  assert.match(
    await refused({ flags: [["log.roll.hours", "90m"]] }),
    /is not a duration; wanted .* 7d, from 1 up/,
  );
  assert.match(await refused({ flags: [["compression.gzip.level", "0"]] }), /from 1 to 9, or -1$/);
});

Deno.test("a secret is never shown (KIP-226)", async () => {
  const { config } = await loadConfig({ flags: [["ssl.key.password", "hunter2"]] });
  assert.equal(config.get("ssl.key.password"), "hunter2");
  assert.doesNotMatch(JSON.stringify(describeBroker(config)), /hunter2/);
});

Deno.test("all wrong settings are reported at once, unknown names with a suggestion", async () => {
  const message = await refused(yaml("log.segment.byte: 5\nnum.partitions: x\nretention.ms: 5\nzzzz: 1\n"));
  assert.deepEqual(message.split("\n").map((line) => line.replace(/ is not a whole.*/, "")), [
    "log.segment.byte: is not a config; did you mean log.segment.bytes?",
    'num.partitions: "x"',
    "retention.ms: is a config of topics; a broker's default for it is log.retention.ms",
    "zzzz: is not a config",
  ]);
});

Deno.test("an unknown variable is a warning, one that Kubernetes sets is nothing", async () => {
  const { warnings } = await loadConfig({
    environment: {
      SLUICE_LOG_SEGMENT_BYTE: "1",
      SLUICE_SERVICE_HOST: "10.0.0.1",
      SLUICE_PORT_9092_TCP_ADDR: "10.0.0.1",
      SLUICE_PORT: "tcp://10.0.0.1:9092",
      SLUICE_BOOTSTRAP: "a:1",
    },
  });
  assert.deepEqual(warnings, [
    "environment variable SLUICE_LOG_SEGMENT_BYTE: is not a config; did you mean SLUICE_LOG_SEGMENT_BYTES?",
  ]);
});

Deno.test("every config has a variable of its own", () => {
  const names = Object.keys(brokerTable);
  assert.equal(new Set(names.map(environmentName)).size, names.length);
});

Deno.test("a server.properties of Kafka is read; names it does not know are only warned about", async () => {
  const text = String.raw`
# The node
process.roles=broker,controller
node.id = 7
log.dirs:/var/lib/kafka\
    ,/data
advertised.listeners PLAINTEXT://h\u006fst:9092
rsm.config.bucket=b
`;
  const { config, warnings } = await loadConfig({ file: { name: "server.properties", text } });
  assert.deepEqual(config.get("process.roles"), ["broker", "controller"]);
  assert.equal(config.get("node.id"), 7);
  assert.deepEqual(config.get("log.dirs"), ["/var/lib/kafka", "/data"]);
  assert.deepEqual(config.get("advertised.listeners"), ["PLAINTEXT://host:9092"]);
  assert.deepEqual(warnings, ["rsm.config.bucket: is not a config"]);
});

Deno.test("a file that is not a config file is refused with its name", async () => {
  assert.match(await refused(yaml("a: [1\nb: 2")), /^config file sluice\.yaml: .* at line \d+/);
  assert.match(await refused(yaml("- a\n- b")), /wanted a map/);
  assert.match(await refused(yaml("num.partitions: 1\nnum: {partitions: 2}")), /num\.partitions: set twice/);
  assert.match(await refused(yaml("log.dirs: [{a: 1}]")), /log\.dirs: a list .* only texts/);
});

Deno.test("an empty file sets nothing", async () => {
  assert.equal((await loadConfig(yaml("# nothing\n"))).config.statics.size, 0);
});

Deno.test("a config of one listener is kept under its own name", async () => {
  const { config } = await loadConfig({ flags: [["listener.name.tls.ssl.keystore.location", "/k"]] });
  assert.equal(config.statics.get("listener.name.tls.ssl.keystore.location")?.text, "/k");
});
