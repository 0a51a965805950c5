/** What every HTTP request passes before any route sees it. */

import assert from "node:assert/strict";
import { silentLogger } from "../../../src/core/logger.ts";
import type { App } from "../../../src/http/app.ts";
import { type Apps, gateOf, HttpCounters } from "../../../src/http/gate.ts";

const LIMITS = { maxBodyBytes: 100, maxHeaderBytes: 1_000, maxRequests: 2 };
const parts = (counters = new HttpCounters()) => ({ limits: LIMITS, logger: silentLogger, counters });
const info = { remote: { host: "127.0.0.1", port: 1 } };
const at = (path: string, init: RequestInit = {}) => new Request(`http://127.0.0.1:8080${path}`, init);

function appOf(fetch: (request: Request) => Response | Promise<Response>): App {
  return { fetch } as unknown as App;
}

function appsOf(fetch: (request: Request) => Response | Promise<Response>): Apps {
  return { all: () => Promise.resolve(appOf(fetch)), probes: () => Promise.resolve(appOf(fetch)) };
}

Deno.test("probes are answered without loading anything else", async () => {
  const loaded: string[] = [];
  const load = (name: string) => () => {
    loaded.push(name);
    return Promise.resolve(appOf(() => new Response(name)));
  };
  const gate = gateOf({ probes: load("probes"), all: load("all") }, parts());
  const textOf = async (path: string) => await (await gate(at(path), info)).text();
  assert.equal(await textOf("/metrics"), "probes");
  assert.equal(await textOf("/health/ready?x=1"), "probes");
  assert.deepEqual(loaded, ["probes"]);
  assert.equal(await textOf("/topics"), "all");
  await Promise.all([textOf("/"), textOf("/topics/metrics")]);
  assert.deepEqual(loaded, ["probes", "all"], "each is loaded once");
});

Deno.test("more requests than are allowed at a time are told to come back", async () => {
  const release = Promise.withResolvers<void>();
  const gate = gateOf(
    appsOf(async () => {
      await release.promise;
      return new Response();
    }),
    parts(),
  );
  const waiting = [gate(at("/"), info), gate(at("/"), info)];
  const refused = await gate(at("/"), info);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  release.resolve();
  await Promise.all(waiting);
  assert.equal((await gate(at("/"), info)).status, 200, "there is room again");
});

Deno.test("a body whose length nobody said is cut off where it is too long", async () => {
  const gate = gateOf(
    appsOf(async (request) => {
      try {
        return new Response(String((await request.arrayBuffer()).byteLength));
      } catch (error) {
        return new Response((error as Error).name, { status: 413 });
      }
    }),
    parts(),
  );
  const send = async (bytes: number) => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(bytes));
        controller.close();
      },
    });
    const response = await gate(at("/", { method: "POST", body, duplex: "half" } as RequestInit), info);
    return `${response.status} ${await response.text()}`;
  };
  assert.equal(await send(100), "200 100");
  assert.equal(await send(101), "413 BodyTooLargeError");
});

Deno.test("answers are counted by their kind, refusals included", async () => {
  const counters = new HttpCounters();
  const gate = gateOf(appsOf(() => new Response(null, { status: 204 })), parts(counters));
  await gate(at("/"), info);
  await gate(at("/"), info);
  await gate(at("/", { headers: { "x-large": "x".repeat(2_000) } }), info);
  assert.deepEqual([...counters.answers], [0, 0, 2, 0, 1, 0]);
  assert.equal(counters.active, 0);
});

Deno.test("what fails is answered with 500 and tells nothing", async () => {
  const gate = gateOf(
    appsOf(() => {
      throw new Error("a secret");
    }),
    parts(),
  );
  const response = await gate(at("/"), info);
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
});
