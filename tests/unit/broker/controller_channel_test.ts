/** How a broker finds the active controller, and changes to the next one. */

import assert from "node:assert/strict";
import { ControllerChannel } from "../../../src/broker/controller_channel.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import { denoPlatform } from "../../../src/platform/adapters/deno.ts";
import { MemoryNetwork } from "../../../src/platform/memory_network.ts";
import type { Address } from "../../../src/platform/network.ts";
import type { Timers } from "../../../src/platform/platform.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { unregisterBroker } from "../../../src/protocol/messages/64_unregister_broker.ts";
import { registryWithApiVersions } from "../../../src/server/api_versions.ts";
import { handler } from "../../../src/server/registry.ts";
import { Server } from "../../../src/server/server.ts";

const LIMITS = {
  maxRequestBytes: 1 << 20,
  maxConnections: 100,
  maxConnectionsPerIp: 100,
  maxIdleMs: 60_000,
  maxInFlight: 8,
};

type Answer = () => number | Promise<number>;

/** Controllers in memory, and a channel that is told of one at a time. */
class World {
  readonly network = new MemoryNetwork();
  readonly channel: ControllerChannel;
  readonly #servers: Server[] = [];
  #address: Address | null = null;
  #onChange: () => void = () => {};

  constructor(timers: Timers = denoPlatform().timers) {
    this.channel = new ControllerChannel({
      network: this.network,
      timers,
      clock: denoPlatform().clock,
      logger: silentLogger,
      clientId: "broker-1",
      softwareVersion: "1",
      requestTimeoutMs: 30_000,
      controllerAddress: () => this.#address,
      onControllerChange: (listener) => this.#onChange = listener,
    });
  }

  /** Starts a controller that answers with an error code; resolves with its address and who has connected. */
  controller(answer: Answer): { readonly address: Address; readonly connections: Set<number> } {
    const server = new Server({
      ...denoPlatform(),
      network: this.network,
      logger: silentLogger,
      limits: LIMITS,
    });
    const address = server.bind("CONTROLLER", { host: "memory", port: 0 });
    const connections = new Set<number>();
    const handlers = [handler(unregisterBroker, async (_request, { connection }) => {
      connections.add(connection.id);
      return { errorCode: await answer(), errorMessage: null };
    })];
    const features = () => ({ supported: [], finalized: new Map(), finalizedEpoch: 0 });
    server.serve("CONTROLLER", registryWithApiVersions(handlers, features));
    this.#servers.push(server);
    return { address, connections };
  }

  /** The channel hears of another active controller, or of none. */
  activate(address: Address | null): void {
    this.#address = address;
    this.#onChange();
  }

  ask(): Promise<number> {
    return this.channel.send(unregisterBroker, { brokerId: 1 }).then(({ errorCode }) => errorCode);
  }

  async stop(): Promise<void> {
    this.channel.close();
    for (const server of this.#servers) await server.stop(0);
  }
}

/** Time that stands still: whatever happens does not happen because of a timer. */
const noTime: Timers = {
  after: () => ({ cancel: () => {} }),
  sleep: () => new Promise(() => {}),
  yield: () => Promise.resolve(),
};

Deno.test("while no controller is known the channel waits to hear of one, and then asks it at once", async () => {
  const world = new World(noTime);
  const { address } = world.controller(() => ErrorCode.NONE);
  const answer = world.ask();
  world.activate(null);
  world.activate(address);
  assert.equal(await answer, ErrorCode.NONE);
  await world.stop();
});

Deno.test("what waits at a controller that hangs is asked of the next one", async () => {
  const world = new World(noTime);
  let asked: () => void = () => {};
  const isAsked = new Promise<void>((resolve) => asked = resolve);
  const hanging = world.controller(() => {
    asked();
    return new Promise(() => {});
  });
  const next = world.controller(() => ErrorCode.NONE);
  world.activate(hanging.address);
  const answer = world.ask();
  await isAsked;
  // An election: nobody leads for a moment.
  world.activate(null);
  world.activate(next.address);
  assert.equal(await answer, ErrorCode.NONE);
  await world.stop();
});

Deno.test("a controller that is not active yet is asked again over the same connection", async () => {
  const world = new World();
  let asked = 0;
  const slow = world.controller(() => asked++ < 3 ? ErrorCode.NOT_CONTROLLER : ErrorCode.NONE);
  world.activate(slow.address);
  assert.equal(await world.ask(), ErrorCode.NONE);
  assert.equal(slow.connections.size, 1);
  await world.stop();
});

Deno.test("a channel that is closed keeps nobody waiting", async () => {
  const world = new World(noTime);
  const answer = world.ask();
  world.channel.close();
  await assert.rejects(answer, /no controller is known/);
  await world.stop();
});
