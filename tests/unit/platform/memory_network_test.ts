// What every network does is in tests/conformance; this is what only the one in memory does.

import assert from "node:assert/strict";
import { composeNetworks, MEMORY_HOST } from "../../../src/platform/compose_networks.ts";
import { MemoryNetwork } from "../../../src/platform/memory_network.ts";
import { NetworkError } from "../../../src/platform/network.ts";

const anyPort = { host: MEMORY_HOST, port: 0 };

Deno.test("a listener that nobody serves refuses once its queue is full", async () => {
  const network = new MemoryNetwork();
  const listener = network.listen(anyPort);
  let accepted = 0;
  await assert.rejects(
    async () => {
      for (; accepted < 10_000; accepted++) await network.connect(listener.address);
    },
    (error) =>
      error instanceof NetworkError && error.code === "refused" && /wait to be accepted/.test(error.message),
  );
  assert.equal(accepted, 511);
  assert.notEqual(await listener.accept(), null);
  await network.connect(listener.address);
});

Deno.test("closing a listener closes the connections that nobody accepted", async () => {
  const network = new MemoryNetwork();
  const listener = network.listen(anyPort);
  const client = await network.connect(listener.address);
  listener.close();
  assert.equal(await client.read(new Uint8Array(1)), 0);
  await assert.rejects(client.write(new Uint8Array(1)), { code: "reset" });
});

Deno.test("ports are given out in turn, skip those in use and come back", () => {
  const network = new MemoryNetwork();
  const ports = new Set<number>();
  for (let round = 0; round < 100; round++) ports.add(network.listen(anyPort).address.port);
  assert.equal(ports.size, 100);
  const fixed = network.listen({ host: MEMORY_HOST, port: 9093 });
  assert.throws(() => network.listen({ host: MEMORY_HOST, port: 9093 }), { code: "address-in-use" });
  fixed.close();
  network.listen({ host: MEMORY_HOST, port: 9093 }).close();
});

Deno.test("closing a listener twice does not take the port from its successor", async () => {
  const network = new MemoryNetwork();
  const address = { host: MEMORY_HOST, port: 9093 };
  const first = network.listen(address);
  first.close();
  network.listen(address);
  first.close();
  await network.connect(address);
});

Deno.test("a composed network goes by the host: in memory by name, everything else outside", async () => {
  const [inside, outside] = [new MemoryNetwork(), new MemoryNetwork()];
  const network = composeNetworks({ [MEMORY_HOST]: inside }, outside);
  const [here, there] = [network.listen(anyPort), network.listen({ host: "127.0.0.1", port: 9092 })];
  await network.connect(here.address);
  await inside.connect(here.address);
  await network.connect(there.address);
  await outside.connect(there.address);
  await assert.rejects(outside.connect(here.address), { code: "refused" });
  // A name that every object has is a host like any other.
  await assert.rejects(network.connect({ host: "toString", port: 1 }), { code: "refused" });
});
