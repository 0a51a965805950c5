/** `sluice consume --group` and `sluice group` against a broker, as people and scripts run them. */

import assert from "node:assert/strict";
import { bootstrapOf, sharedBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { createTopic, freshTopic, produceTo } from "../harness/requests.ts";
import { runSluice, type SluiceResult, spawnCommand } from "../harness/sluice_command.ts";
import { WireClient } from "../harness/wire.ts";

const shared = sharedBroker();

function sluice(...words: string[]): Promise<SluiceResult> {
  return runSluice(words, { env: { SLUICE_BOOTSTRAP: bootstrapOf(shared.address) } });
}

/** Runs a command that must do well and gives what it prints. */
async function done(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await sluice(...words);
  assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
  return stdout;
}

/** Rows of tab-separated cells. */
function rows(printed: string): string[][] {
  return printed.split("\n").filter((line) => line !== "").map((line) => line.split("\t"));
}

/** A topic of two partitions with ten records in each, whose timestamps are 1000, 2000, ... */
async function filledTopic(): Promise<string> {
  using wire = await WireClient.connect(shared.address);
  const topic = freshTopic("cli");
  await createTopic(wire, topic, { partitions: 2 });
  for (const partition of [0, 1]) {
    const records = Array.from({ length: 10 }, (_, index) => ({
      value: `${partition}-${index}`,
      timestamp: 1_000 * (index + 1),
    }));
    await produceTo(wire, { topic, partition }, batch(records));
  }
  return topic;
}

/** Partition, before, after and change of each row that a reset prints. */
function moves(printed: string): string[] {
  return rows(printed).map(([, partition, before, after, , change]) =>
    `${partition}: ${before} to ${after} (${change})`
  );
}

function cliTest(name: string, fn: (topic: string, group: string) => Promise<void>): void {
  Deno.test({
    name: `cli group: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const topic = await filledTopic();
      await fn(topic, `${topic}-group`);
    },
  });
}

cliTest("consuming goes on where the group stands", async (topic, group) => {
  const first = await done("consume", topic, "--group", group, "--from", "start", "-n", "7");
  const second = await done("consume", topic, "--group", group, "--exit");
  const all = [...first.trim().split("\n"), ...second.trim().split("\n")];
  assert.equal(all.length, 20);
  assert.equal(new Set(all).size, 20);
  assert.equal(await done("consume", topic, "--group", group, "--exit"), "");
});

cliTest("a signal commits what was printed, and leaves the group", async (topic, group) => {
  const env = { SLUICE_BOOTSTRAP: bootstrapOf(shared.address) };
  const child = spawnCommand(["consume", topic, "--group", group, "--from", "start"], env);
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream() as never)) {
    printed += text as string;
    if (printed.split("\n").length > 20) child.kill("SIGTERM");
  }
  const { code } = await child.status;
  await child.stderr.cancel();
  await child.stdin.close();
  assert.equal(code, 130);
  const [described] = JSON.parse(await done("group", "describe", group, "-o", "json"));
  assert.deepEqual([described.state, described.lag, described.members], ["Empty", 0, []]);
});

cliTest("describe tells positions, lag and members in a pipe and in JSON", async (topic, group) => {
  await done("consume", topic, "--group", group, "--from", "start", "-n", "4");
  const printed = rows(await done("group", "describe", group));
  assert.deepEqual(printed.map((row) => row.slice(0, 3)), [[group, topic, "0"], [group, topic, "1"]]);
  assert.equal(printed.reduce((sum, row) => sum + Number(row[5]), 0), 16);
  const [described] = JSON.parse(await done("group", "describe", group, "-o", "json"));
  assert.deepEqual(
    [described.groupId, described.state, described.protocolType, described.lag],
    [group, "Empty", "consumer", 16],
  );
  for (const { committedOffset, endOffset, lag } of described.partitions) {
    assert.deepEqual([endOffset, lag], [10, 10 - committedOffset]);
  }
  const missing = await sluice("group", "describe", "no-such-group", group);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /describe group "no-such-group": there is no such group/);
  assert.equal(rows(missing.stdout).length, 2, "those that are there are shown");
});

cliTest("list shows groups, and only those in a state that is wanted", async (topic, group) => {
  await done("consume", topic, "--group", group, "--exit");
  const listed = rows(await done("group", "list", "--state", "empty"));
  assert.ok(listed.some((row) => row.join() === [group, "Empty", "consumer", "classic", "1"].join()));
  assert.ok(!rows(await done("group", "list", "--state", "stable")).some(([name]) => name === group));
  const found = JSON.parse(await done("group", "list", "-o", "json"));
  assert.ok(found.some((one: { groupId: string }) => one.groupId === group));
});

cliTest("reset moves to any position; a dry run only says so", async (topic, group) => {
  const reset = (to: string, ...more: string[]) =>
    done("group", "reset", group, ...(more.length > 0 ? more : ["--all-topics"]), "--to", to);
  const dry = await sluice("group", "reset", group, "--topic", topic, "--to", "5", "--dry-run");
  assert.deepEqual(moves(dry.stdout), ["0: - to 5 (new)", "1: - to 5 (new)"]);
  assert.match(dry.stderr, /dry run: nothing was changed/);
  assert.equal((await sluice("group", "describe", group)).code, 1, "no group came of it");

  assert.deepEqual(moves(await reset("5", "--topic", topic)), ["0: - to 5 (new)", "1: - to 5 (new)"]);
  assert.deepEqual(moves(await reset("shift:-2", "--topic", `${topic}:1`)), ["1: 5 to 3 (-2)"]);
  assert.deepEqual(moves(await reset("shift:+100")), ["0: 5 to 10 (+5)", "1: 3 to 10 (+7)"]);
  assert.deepEqual(moves(await reset("start")), ["0: 10 to 0 (-10)", "1: 10 to 0 (-10)"]);
  assert.deepEqual(moves(await reset("-3")), ["0: 0 to 7 (+7)", "1: 0 to 7 (+7)"]);
  assert.deepEqual(moves(await reset("1970-01-01T00:00:05Z")), ["0: 7 to 4 (-3)", "1: 7 to 4 (-3)"]);
  assert.deepEqual(moves(await reset("end")), ["0: 4 to 10 (+6)", "1: 4 to 10 (+6)"]);
  const [move] = JSON.parse(await reset("8", "--topic", `${topic}:0`, "-o", "json"));
  assert.deepEqual(move, { topic, partition: 0, before: 10, after: 8, startOffset: 0, endOffset: 10 });
  assert.equal(await done("consume", topic, "--group", group, "--exit"), "0-8\n0-9\n");
});

cliTest("reset and delete refuse a group that is in use, and say who is in it", async (topic, group) => {
  const env = { SLUICE_BOOTSTRAP: bootstrapOf(shared.address) };
  const child = spawnCommand(["consume", topic, "--group", group, "--from", "start"], env);
  const reader = child.stdout.getReader();
  await reader.read();
  const reset = await sluice("group", "reset", group, "--topic", topic, "--to", "start");
  assert.equal(reset.code, 1);
  assert.match(
    reset.stderr,
    /is Stable with 1 member: sluice-cli \(127\.0\.0\.1\); .*stop its consumers first/,
  );
  const deleted = await sluice("group", "delete", group, "no-such-group");
  assert.equal(deleted.code, 1);
  assert.match(deleted.stderr, /it has 1 member: sluice-cli \(127\.0\.0\.1\) \(NON_EMPTY_GROUP\)/);
  assert.match(deleted.stderr, /there is no such group \(GROUP_ID_NOT_FOUND\)/);
  child.kill("SIGINT");
  reader.releaseLock();
  await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.stdin.close()]);
  assert.equal((await child.status).code, 130);
  assert.equal(await done("group", "delete", group), "");
  assert.equal(await done("group", "delete", group, "--if-exists"), "");
  assert.equal((await sluice("group", "describe", group)).code, 1);
});

cliTest("what cannot be meant is wrong usage", async (topic, group) => {
  const wrong = [
    ["group", "reset", group, "--to", "start"],
    ["group", "reset", group, "--to", "start", "--all-topics", "--topic", topic],
    ["group", "reset", group, "--to", "somewhere", "--all-topics"],
    ["group", "reset", group, "--to", "start", "--topic", `${topic}:x`],
    ["group", "describe"],
    ["consume", topic, "--group", group, "--partition", "0"],
    ["consume", topic, "--group", group, "--assignor", "sticky"],
  ];
  const results = await Promise.all(wrong.map((words) => sluice(...words)));
  assert.deepEqual(results.map(({ code }) => code), wrong.map(() => 2));
  const nothing = await sluice("group", "reset", group, "--to", "start", "--all-topics");
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /has no committed positions/);
  const unknown = await sluice("group", "reset", group, "--to", "shift:1", "--topic", topic);
  assert.match(unknown.stderr, /shift: the group has no position in/);
});
