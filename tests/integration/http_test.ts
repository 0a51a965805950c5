/** Where the HTTP server listens, what it refuses, and what it says of a node's health. */

import assert from "node:assert/strict";
import { startBroker, StartFailure } from "../harness/broker.ts";
import { startCluster } from "../harness/cluster.ts";
import { becomes } from "../harness/eventually.ts";

function http(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `http: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

/** Takes a port of 127.0.0.1 for as long as the result lives. */
function takenPort(port = 0): Deno.TcpListener | null {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch {
    return null; // Somebody else has it already, which is as good.
  }
}

async function failureOf(...args: string[]): Promise<string> {
  const [address, ...rest] = args;
  try {
    await using broker = await startBroker({ http: address!, args: rest });
    return assert.fail(`it started on ${broker.httpUrl}`);
  } catch (error) {
    assert(error instanceof StartFailure, String(error));
    return error.ended.stderr;
  }
}

http("without a word it takes 8080, or a free port when that is taken", async () => {
  const taken = takenPort(8080);
  await using broker = await startBroker({ http: "default" });
  const { port } = new URL(broker.httpUrl);
  assert.notEqual(port, "8080");
  assert.match(broker.stderr, /the port for HTTP is taken/);
  assert.equal((await fetch(`${broker.httpUrl}/health/live`)).status, 200);
  taken?.close();
});

http("an address that was asked for and is taken ends the start", async () => {
  const taken = takenPort()!;
  const { port } = taken.addr;
  assert.match(await failureOf(`127.0.0.1:${port}`), new RegExp(`127\\.0\\.0\\.1:${port}.*in use`));
  taken.close();
});

http("an address that other machines reach is refused without a word for it", async () => {
  assert.match(await failureOf("0.0.0.0:0"), /http\.allow\.remote/);
  await using broker = await startBroker({ http: "0.0.0.0:0", configs: { "http.allow.remote": true } });
  const { port } = new URL(broker.httpUrl);
  assert.equal((await fetch(`http://127.0.0.1:${port}/health/live`)).status, 200);
});

http("what is no address is refused", async () => {
  assert.match(await failureOf("8080"), /http\.listen: "8080" is not an address/);
});

http("headers and bodies have their limits, and what is not there is not found", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0", configs: { "http.max.body.bytes": 2_000 } });
  const status = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${broker.httpUrl}${path}`, init);
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await status("/health", { headers: { "x-large": "x".repeat(20_000) } }), 431);
  assert.equal(await status("/health", { method: "POST", body: "x".repeat(2_001) }), 413);
  assert.equal(await status("/no/such/thing"), 404);
});

http("pages of others that gave this machine a name of their own read nothing but probes", async () => {
  await using broker = await startBroker({
    http: "127.0.0.1:0",
    configs: { "http.allowed.hosts": "console.example" },
  });
  const { hostname, port } = new URL(broker.httpUrl);
  const status = async (host: string, path: string) => {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const request = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const target = new Uint8Array(12);
    await connection.read(target);
    connection.close();
    return Number(new TextDecoder().decode(target).slice(9));
  };
  for (const path of ["/", "/live", "/topics"]) {
    assert.equal(await status("evil.example", path), 421, path);
    assert.equal(await status(`localhost:${port}`, path), 200, path);
    assert.equal(await status("console.example", path), 200, path);
  }
  assert.equal(await status("sluice-0.sluice:8080", "/metrics"), 200);
  assert.equal(await status("10.0.0.7:8080", "/health/ready"), 200);
});

http("metrics come in the format that is asked for", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  const get = async (accept: string) => {
    const response = await fetch(`${broker.httpUrl}/metrics`, { headers: { accept } });
    return { type: response.headers.get("content-type")!, text: await response.text() };
  };
  const plain = await get("*/*");
  assert.match(plain.type, /^text\/plain; version=0\.0\.4/);
  assert.match(plain.text, /# TYPE sluice_broker_bytes_in_total counter\n/);
  const open = await get("application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5");
  assert.match(open.type, /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(open.text, /# TYPE sluice_broker_bytes_in counter\nsluice_broker_bytes_in_total 0\n/);
  assert(open.text.endsWith("# EOF\n"));
});

http("a live snapshot has rates from the second look on", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  const look = async () => await (await fetch(`${broker.httpUrl}/live`)).json();
  assert.equal((await look()).windowMs, 0);
  await becomes(async () => (await look()).windowMs > 0, true);
  const { brokers, quorum, nodeId } = await look();
  assert.deepEqual([brokers.length, quorum.state, nodeId], [1, "leader", 1]);
});

http("a node is ready while it is registered, and not once it is cut off from its controller", async () => {
  await using nodes = await startCluster({
    nodes: 2,
    form: "controllers",
    voters: 1,
    node: () => ({ http: "127.0.0.1:0" }),
    configs: { "broker.session.timeout.ms": 1_000, "broker.heartbeat.interval.ms": 200 },
  });
  const ready = async () => {
    const response = await fetch(`${nodes.node(2).httpUrl}/health/ready`);
    await response.body?.cancel();
    return response.status;
  };
  // Its own metadata may tell it a little later than the controller's answer that it is not fenced any more.
  await becomes(ready, 200);
  nodes.pause(1);
  await becomes(ready, 503);
  const health = await (await fetch(`${nodes.node(2).httpUrl}/health`)).json();
  const down = health.checks.filter((one: { status: string }) => one.status === "down");
  assert(down.some((one: { name: string }) => one.name === "registration"), JSON.stringify(health));
  nodes.resume(1);
  await becomes(ready, 200);
});
