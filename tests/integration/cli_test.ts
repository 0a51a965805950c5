/** The commands against a broker, each as a process of its own, as people and scripts run them. */

import assert from "node:assert/strict";
import { bootstrapOf, sharedBroker, startBroker } from "../harness/broker.ts";
import { freshTopic } from "../harness/requests.ts";
import { runSluice, type SluiceResult, spawnCommand } from "../harness/sluice_command.ts";

const shared = sharedBroker();

function sluice(words: readonly string[], input?: string): Promise<SluiceResult> {
  const env = { SLUICE_BOOTSTRAP: bootstrapOf(shared.address) };
  return runSluice(words, input === undefined ? { env } : { env, input });
}

/** Runs a command that must do well and gives what it prints. */
async function done(words: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await sluice(words, input);
  assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
  assert.equal(stderr, "", words.join(" "));
  return stdout;
}

function integration(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `cli: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

integration("what is produced is consumed, byte for byte and in order", async () => {
  const topic = freshTopic();
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} \u00e9\u{1F600}`).join("\n") +
    "\n";
  await done(["produce", topic], lines);
  assert.equal(await done(["consume", topic, "--exit"]), lines);
});

integration("every codec comes back", async () => {
  for (const codec of ["gzip", "snappy", "lz4", "zstd"]) {
    const topic = freshTopic(codec);
    const lines = Array.from({ length: 500 }, (_, index) => `${codec} ${index}\n`).join("");
    await done(["produce", topic, "-z", codec], lines);
    assert.equal(await done(["consume", topic, "--exit"]), lines);
  }
});

integration("every kind of acks stores", async () => {
  for (const acks of ["all", "1", "0"]) {
    const topic = freshTopic("acks");
    await done(["topic", "create", topic]);
    await done(["produce", topic, "--acks", acks], "a\nb\n");
    assert.equal(await done(["consume", topic, "--from", "start", "-n", "2"]), "a\nb\n");
  }
});

integration(
  "a topic is copied with keys, headers, timestamps, tombstones and bytes that are no text",
  async () => {
    const [from, to] = [freshTopic(), freshTopic()];
    const records = [
      `{"key":"k","value":"v","headers":{"h":"x"},"timestamp":1767225600000}`,
      `{"key":"k","value":null,"timestamp":1767225600001}`,
      `{"keyBase64":"/wA=","valueBase64":"gIA=","timestamp":1767225600002}`,
    ];
    await done(["produce", from, "--format", "json"], records.join("\n"));
    const printed = await done(["consume", from, "--exit", "--format", "json"]);
    await done(["produce", to, "--format", "json"], printed);
    const copied = await done(["consume", to, "--exit", "--format", "json"]);
    assert.equal(copied, printed.replaceAll(from, to));
    assert.equal(copied.trim().split("\n").length, 3);
  },
);

integration("a topic is created, listed, described, changed, trimmed and deleted", async () => {
  const topic = freshTopic();
  await done(["topic", "create", topic, "-p", "2", "-c", "retention.ms=1m"]);
  const listed = await done(["topic", "list"]);
  assert.ok(listed.split("\n").includes(`${topic}\t2\t1\t0`), listed);
  await done(["produce", topic, "-p", "1"], "a\nb\nc\n");
  const partitions = (await done(["topic", "describe", topic])).trim().split("\n").map((one) =>
    one.split("\t")
  );
  assert.deepEqual(partitions.map((one) => one.slice(0, 2)), [[topic, "0"], [topic, "1"]]);
  assert.deepEqual(partitions.map((one) => one.slice(5, 7)), [["0", "0"], ["0", "3"]]);
  assert.ok(Number(partitions[1]![7]) > 0, "a size");

  await done(["topic", "alter", topic, "-p", "3", "-c", "max.message.bytes=2KiB", "-d", "retention.ms"]);
  const [described] = JSON.parse(await done(["topic", "describe", topic, "-o", "json"]));
  assert.equal(described.partitions.length, 3);
  assert.deepEqual(described.configs, [{ name: "max.message.bytes", value: "2048", source: "topic" }]);

  assert.equal(await done(["topic", "trim", topic, "--before", "2", "--partition", "1"]), "1\t2\t2\t3\n");
  assert.equal(await done(["consume", topic, "--exit"]), "c\n");
  await done(["topic", "delete", topic]);
  assert.ok(!(await done(["topic", "list"])).includes(topic));
  const gone = await sluice(["topic", "describe", topic]);
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, new RegExp(`topic "${topic}": there is no such topic`));
});

integration("what the broker refuses is told with its reason and 1", async () => {
  const topic = freshTopic();
  await done(["topic", "create", topic, "-c", "cleanup.policy=compact"]);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["topic", "create", topic], /TOPIC_ALREADY_EXISTS/],
    [["topic", "create", "not a name"], /INVALID_TOPIC_EXCEPTION/],
    [["topic", "create", freshTopic(), "-r", "3"], /INVALID_REPLICATION_FACTOR/],
    [["topic", "create", freshTopic(), "-c", "retention.msec=1"], /retention\.msec/],
    [["topic", "alter", topic, "-c", "nosuch.config=1"], /nosuch\.config/],
    [["topic", "delete", freshTopic()], /there is no such topic/],
  ];
  for (const [words, wanted] of cases) {
    const { code, stdout, stderr } = await sluice(words);
    assert.equal(code, 1, `${words.join(" ")}: ${stderr}`);
    assert.equal(stdout, "");
    assert.match(stderr, wanted);
    assert.doesNotMatch(stderr, /^\s+at /m, "no stack trace");
  }
  const keyless = await sluice(["produce", topic], "no key\n");
  assert.equal(keyless.code, 1);
  assert.match(keyless.stderr, /INVALID_RECORD/);
});

integration("batches that are too large for a topic are sent in parts", async () => {
  const topic = freshTopic();
  await done(["topic", "create", topic, "-c", "max.message.bytes=1000"]);
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`).join("");
  await done(["produce", topic], lines);
  assert.equal(await done(["consume", topic, "--exit"]), lines);
});

integration("consume follows, and Ctrl-C ends it with 130 and all that came", async () => {
  const topic = freshTopic();
  await done(["topic", "create", topic]);
  const child = spawnCommand(["consume", topic, "--from", "start", "-b", bootstrapOf(shared.address)]);
  const reader = child.stdout.getReader();
  await done(["produce", topic], "one\ntwo\n");
  let printed = "";
  while (printed.length < 8) printed += new TextDecoder().decode((await reader.read()).value);
  child.kill("SIGINT");
  assert.equal((await child.status).code, 130);
  assert.equal(printed, "one\ntwo\n");
  await reader.cancel();
  await child.stderr.cancel();
  await child.stdin.close();
});

integration("Ctrl-C ends produce with 130 after what was read is stored", async () => {
  const topic = freshTopic();
  await done(["topic", "create", topic]);
  const child = spawnCommand(["produce", topic, "-b", bootstrapOf(shared.address)]);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("one\ntwo\nhalf a li"));
  const seen = await sluice(["consume", topic, "--from", "start", "-n", "2"]);
  assert.equal(seen.stdout, "one\ntwo\n");
  child.kill("SIGINT");
  const { code, stderr } = await child.output();
  assert.equal(code, 130, new TextDecoder().decode(stderr));
  assert.equal(await done(["consume", topic, "--exit"]), "one\ntwo\n");
  await writer.close().catch(() => {});
});

integration("a pipe that ends early, as head does, is no failure", async () => {
  const topic = freshTopic();
  await done(["produce", topic], "x".repeat(99).concat("\n").repeat(50_000));
  const child = spawnCommand(["consume", topic, "--exit", "-b", bootstrapOf(shared.address)]);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const { code } = await child.status;
  assert.equal(await new Response(child.stderr).text(), "");
  assert.equal(code, 0);
  await child.stdin.close();
});

integration("a cluster that is not there ends every command with 3 and its address", async () => {
  const nowhere = ["-b", "127.0.0.1:1", "--timeout", "10ms"];
  for (const words of [["topic", "list"], ["consume", "t"], ["produce", "t"], ["topic", "create", "t"]]) {
    const { code, stdout, stderr } = await runSluice([...words, ...nowhere], { input: "a\n" });
    assert.equal(code, 3, words.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /no broker can be reached at 127\.0\.0\.1:1 .*\nIs a broker running there\?/);
  }
});

integration("produce goes on when the broker is restarted, and nothing is there twice", async () => {
  await using broker = await startBroker();
  const topic = freshTopic();
  const bootstrap = ["-b", bootstrapOf(broker.address)];
  const child = spawnCommand(["produce", topic, ...bootstrap]);
  const writer = child.stdin.getWriter();
  const lines = Array.from({ length: 30_000 }, (_, index) => `${index}\n`);
  const send = (from: number, to: number) =>
    writer.write(new TextEncoder().encode(lines.slice(from, to).join("")));
  await send(0, 10_000);
  await runSluice(["consume", topic, "--from", "start", "-n", "1", ...bootstrap]);
  const restarted = broker.restart();
  await send(10_000, 20_000);
  await restarted;
  await send(20_000, 30_000);
  await writer.close();
  const { code, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { stdout } = await runSluice(["consume", topic, "--exit", ...bootstrap]);
  assert.equal(stdout, lines.join(""));
});
