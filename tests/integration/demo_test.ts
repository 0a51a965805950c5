/** `sluice demo` from outside: its laboratory, and that it leaves nothing behind whatever happens to it. */

import assert from "node:assert/strict";
import { DemoProcess } from "../harness/demo.ts";
import { becomes } from "../harness/eventually.ts";
import { eventWhere } from "../harness/events.ts";
import { runSluice } from "../harness/sluice_command.ts";

interface Node {
  readonly id: number;
  readonly isRunning: boolean;
  readonly actions: readonly string[];
}

async function nodes({ url }: DemoProcess): Promise<readonly Node[]> {
  return (await (await fetch(`${url}demo/nodes`)).json()).nodes;
}

function act({ url }: DemoProcess, id: number, action: string, headers: Record<string, string> = {}) {
  return fetch(`${url}demo/nodes/${id}/${action}`, { method: "POST", headers });
}

Deno.test("the laboratory kills and starts nodes, and refuses what is not possible", async () => {
  await using demo = await DemoProcess.start(["--brokers", "3", "--idle"]);
  assert.deepEqual(await (await fetch(`${demo.url}dashboard/session`)).json(), { demo: true });
  assert.deepEqual((await nodes(demo)).map(({ id, isRunning }) => [id, isRunning]), [[1, true], [2, true], [
    3,
    true,
  ]]);
  assert.equal((await act(demo, 1, "kill")).status, 204);
  assert.deepEqual((await nodes(demo))[0], {
    id: 1,
    isRunning: false,
    isIsolated: false,
    httpUrl: null,
    actions: ["start"],
  });
  // The page and the events go on from another node.
  const { data } = await eventWhere(
    `${demo.url}dashboard/events`,
    ({ name, data }) => name === "layout" && data.brokers.some((one: { isFenced: boolean }) => one.isFenced),
  );
  assert.notEqual(data.nodeId, 1);
  const impossible = await act(demo, 1, "isolate");
  assert.equal(impossible.status, 409);
  assert.match((await impossible.json()).detail, /not possible/);
  assert.equal((await act(demo, 9, "kill")).status, 409);
  assert.equal((await act(demo, 2, "explode")).status, 404);
  assert.equal((await act(demo, 1, "start")).status, 204);
  assert.equal((await nodes(demo))[0]!.isRunning, true);
});

Deno.test("a page of another origin cannot reach the laboratory", async () => {
  await using demo = await DemoProcess.start(["--brokers", "1", "--idle"]);
  const refused = await act(demo, 1, "kill", { origin: "http://evil.example" });
  assert.equal(refused.status, 403);
  await refused.body?.cancel();
  assert.equal((await nodes(demo))[0]!.isRunning, true);
});

Deno.test("its brokers are brokers like any other", async () => {
  await using demo = await DemoProcess.start(["--brokers", "1", "--idle"]);
  const produced = await runSluice(["produce", "t", "--bootstrap", demo.bootstrap], { input: "hello\n" });
  assert.equal(produced.code, 0, produced.stderr);
  const consumed = await runSluice([
    "consume",
    "t",
    "--from",
    "start",
    "--exit",
    "--bootstrap",
    demo.bootstrap,
  ]);
  assert.match(consumed.stdout, /hello/);
});

Deno.test("no node outlives its keeper, even when that is killed", async () => {
  await using demo = await DemoProcess.start(["--brokers", "1", "--idle"]);
  const [node] = (await (await fetch(`${demo.url}demo/nodes`)).json()).nodes;
  const isThere = () =>
    fetch(`${node.httpUrl}/health/live`).then(
      (answer) => answer.body!.cancel().then(() => true),
      () => false,
    );
  assert.equal(await isThere(), true);
  demo.kill();
  await becomes(isThere, false);
});

Deno.test("whoever is not on this machine cannot have the laboratory", async () => {
  const { code, stderr } = await runSluice(["demo", "--http", "0.0.0.0:0"]);
  assert.equal(code, 2);
  assert.match(stderr, /can kill its nodes/);
});
