/** The dashboard without a browser: its files, its events, and what nobody who watches costs. */

import assert from "node:assert/strict";
import { startBroker } from "../harness/broker.ts";
import { eventsOf, eventWhere } from "../harness/events.ts";
import { runSluice } from "../harness/sluice_command.ts";

/** How often an API was asked, by the metrics page. */
async function requestsOf(url: string, api: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^sluice_requests_total\\{api="${api}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
}

Deno.test("the page and its files come compressed, are kept by browsers, and trust nobody else", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  const url = broker.httpUrl;
  const page = await fetch(`${url}/`);
  const policy = page.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(policy, /unsafe|\*|http/);
  const html = await page.text();
  assert.doesNotMatch(html, /<script>|style=|https?:\/\//);
  const again = await fetch(`${url}/`, { headers: { "if-none-match": page.headers.get("etag")! } });
  assert.deepEqual([again.status, await again.text()], [304, ""]);

  const names = [...html.matchAll(/(?:href|src)="(assets\/[^"]+)"/g)].map(([, name]) => name!);
  assert.equal(names.length, 3);
  for (const name of names) {
    const file = await fetch(`${url}/${name}`);
    assert.equal(file.status, 200, name);
    assert.match(file.headers.get("cache-control")!, /immutable/);
    assert.equal(file.headers.get("x-content-type-options"), "nosniff");
    const text = await file.text();
    const { length } = new Uint8Array(
      await new Response(
        new Response(text).body!.pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer(),
    );
    assert(length < 80_000, `${name} has ${length} bytes`);
  }
  assert.equal((await fetch(`${url}/assets/none.js`)).status, 404);
  assert.equal((await fetch(`${url}/assets/index.html`)).status, 404);
  assert.deepEqual(await (await fetch(`${url}/dashboard/session`)).json(), { demo: false });
  assert.equal((await fetch(`${url}/demo/nodes`)).status, 404);
});

Deno.test("a pulse tells where partitions and groups are, in the order of the layout", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  const bootstrap = ["--bootstrap", `${broker.address.host}:${broker.address.port}`];
  const events = `${broker.httpUrl}/dashboard/events`;
  for (const topic of ["b", "a"]) {
    await runSluice(["topic", "create", topic, "--partitions", "2", ...bootstrap]);
  }
  await runSluice(["produce", "b", "--partition", "1", ...bootstrap], { input: "one\ntwo\nthree\n" });
  await runSluice(["consume", "b", "--group", "g", "--count", "2", "--from", "start", ...bootstrap]);

  let layout: { version: number; topics: { name: string; isInternal: boolean }[] } | null = null;
  for await (const { name, data } of eventsOf(events)) {
    if (name === "layout") layout = data;
    const group = data.groups?.find((one: { groupId: string }) => one.groupId === "g");
    if (name !== "pulse" || group === undefined || data.offsets === null) continue;
    assert.equal(data.version, layout!.version);
    const named = layout!.topics.map(({ name }, index) => [name, data.offsets[index].ends] as const);
    assert.deepEqual(named.filter(([name]) => !name.startsWith("__")), [["a", [0, 0]], ["b", [0, 3]]]);
    const committed = group.committed.filter(({ partition }: { partition: number }) => partition === 1);
    assert.deepEqual(committed, [{ topic: "b", partition: 1, offset: 2 }]);
    assert.equal(data.quorum.leaderId, 1);
    break;
  }
});

Deno.test("a new topic makes a new layout while somebody watches", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  const bootstrap = ["--bootstrap", `${broker.address.host}:${broker.address.port}`];
  let wasMade = false;
  for await (const { name, data } of eventsOf(`${broker.httpUrl}/dashboard/events`)) {
    if (name !== "layout") continue;
    if (data.topics.some((topic: { name: string }) => topic.name === "later")) break;
    if (!wasMade) await runSluice(["topic", "create", "later", ...bootstrap]);
    wasMade = true;
  }
});

Deno.test("nothing is looked at while nobody watches, and one look serves all who do", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  const url = broker.httpUrl;
  const events = `${url}/dashboard/events`;
  assert.equal(await requestsOf(url, "ListGroups"), 0);
  const isThird = () => {
    let pulses = 0;
    return ({ name }: { name: string }) => name === "pulse" && ++pulses === 3;
  };
  await Promise.all(Array.from({ length: 5 }, () => eventWhere(events, isThird())));
  const watched = await requestsOf(url, "ListGroups");
  assert(watched >= 1 && watched <= 3, `asked ${watched} times`);
  // The look that was under way when the last one left may still be counted.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const left = await requestsOf(url, "ListGroups");
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.equal(await requestsOf(url, "ListGroups"), left);
});

Deno.test("those who watch are told when the node stops", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  const seen: string[] = [];
  let stopped: Promise<unknown> | null = null;
  for await (const { name } of eventsOf(`${broker.httpUrl}/dashboard/events`)) {
    seen.push(name);
    if (name === "pulse") stopped ??= broker.stop();
  }
  await stopped;
  assert.deepEqual(seen.slice(0, 2), ["layout", "pulse"]);
});
