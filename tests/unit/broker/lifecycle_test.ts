/** A broker's heartbeats: when they are sent, and what follows from the answers (KIP-631). */

import assert from "node:assert/strict";
import type { ControllerChannel } from "../../../src/broker/controller_channel.ts";
import { BrokerLifecycle } from "../../../src/broker/lifecycle.ts";
import { MetadataCache } from "../../../src/broker/metadata_cache.ts";
import type { NodeId, Offset, Uuid } from "../../../src/core/ids.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import type { BrokerImage, MetadataImage } from "../../../src/metadata/image.ts";
import { NetworkError } from "../../../src/platform/network.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import type { BrokerHeartbeatRequest } from "../../../src/protocol/messages/63_broker_heartbeat.ts";
import type { Api } from "../../../src/protocol/schema.ts";
import { ManualTime } from "../../harness/log_world.ts";

type Answer = { errorCode?: number; isFenced?: boolean; shouldShutDown?: boolean } | Error;

const EPOCH = 10;

class World {
  readonly time = new ManualTime();
  readonly metadata = new MetadataCache("cluster", this.time);
  readonly heartbeats: BrokerHeartbeatRequest[] = [];
  readonly warnings: string[] = [];
  registrations = 0;
  registrationError: number = ErrorCode.NONE;
  registrationDelay: () => Promise<void> = () => Promise.resolve();
  answer: (request: BrokerHeartbeatRequest) => Answer = () => ({});
  #onChange: () => void = () => {};
  readonly lifecycle: BrokerLifecycle;

  constructor() {
    const channel = {
      send: (api: Api, request: unknown) => this.#answer(api, request),
      onChange: (listener: () => void) => {
        this.#onChange = listener;
        return () => {};
      },
    };
    this.lifecycle = new BrokerLifecycle({
      nodeId: 1 as NodeId,
      clusterId: "cluster",
      incarnationId: "i" as Uuid,
      rack: null,
      endpoints: [],
      features: [],
      logDirs: ["d" as Uuid],
      previousEpoch: -1,
      heartbeatIntervalMs: 2_000,
      sessionTimeoutMs: 9_000,
      channel: channel as unknown as ControllerChannel,
      metadata: this.metadata,
      clock: this.time.clock,
      timers: this.time,
      logger: { ...silentLogger, warn: (message: string) => void this.warnings.push(message) },
      directories: () => ({ offline: [], cordoned: [] }),
      onRegistered: () => {},
    });
  }

  async #answer(api: Api, request: unknown): Promise<unknown> {
    await Promise.resolve();
    if (api.name === "BrokerRegistration") {
      this.registrations++;
      await this.registrationDelay();
      return { errorCode: this.registrationError, brokerEpoch: EPOCH };
    }
    this.heartbeats.push(request as BrokerHeartbeatRequest);
    const answer = this.answer(request as BrokerHeartbeatRequest);
    if (answer instanceof Error) throw answer;
    return { errorCode: 0, isFenced: false, shouldShutDown: false, ...answer };
  }

  /** Everything that is ready runs. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  async advance(byMs: number): Promise<void> {
    this.time.advance(byMs);
    await this.settle();
  }

  changeController(): void {
    this.#onChange();
  }

  /** Metadata with these brokers is in force. */
  publish(offset: number, brokers: readonly Partial<BrokerImage>[] = []): void {
    const image: MetadataImage = {
      ...this.metadata.image,
      offset: offset as Offset,
      brokers: new Map(brokers.map((broker) => [broker.id!, broker as BrokerImage])),
    };
    this.metadata.publish(image);
  }
}

Deno.test("a heartbeat an interval, and at once when another controller is active", async () => {
  const world = new World();
  world.publish(EPOCH);
  await world.lifecycle.start();
  await world.settle();
  assert.equal(world.heartbeats.length, 1);
  await world.advance(1_999);
  assert.equal(world.heartbeats.length, 1);
  await world.advance(1);
  assert.equal(world.heartbeats.length, 2);
  world.changeController();
  await world.settle();
  assert.equal(world.heartbeats.length, 3);
});

Deno.test("a fenced broker says at once that it has the metadata it needs", async () => {
  const world = new World();
  world.answer = ({ currentMetadataOffset }) => ({ isFenced: currentMetadataOffset < EPOCH });
  const started = world.lifecycle.start();
  await world.settle();
  assert.equal(world.heartbeats.at(-1)?.currentMetadataOffset, -1);
  world.publish(EPOCH);
  await world.settle();
  assert.equal(world.heartbeats.at(-1)?.currentMetadataOffset, EPOCH);
  await started;
});

Deno.test("the controller hears at once that this broker knows of another one that stops", async () => {
  const world = new World();
  const other = { id: 2 as NodeId, fenced: false, inControlledShutdown: false };
  world.publish(EPOCH, [other]);
  await world.lifecycle.start();
  await world.settle();
  const before = world.heartbeats.length;
  world.publish(EPOCH + 1, [{ ...other, rack: "elsewhere" }]);
  await world.settle();
  assert.equal(world.heartbeats.length, before);
  world.publish(EPOCH + 2, [{ ...other, inControlledShutdown: true }]);
  await world.settle();
  assert.equal(world.heartbeats.at(-1)?.currentMetadataOffset, EPOCH + 2);
  // Also when it learns of that while a heartbeat is under way.
  world.publish(EPOCH + 3, [other]);
  world.answer = ({ currentMetadataOffset }) => {
    if (currentMetadataOffset < EPOCH + 4) {
      world.publish(EPOCH + 4, [{ ...other, inControlledShutdown: true }]);
    }
    return {};
  };
  await world.advance(2_000);
  assert.equal(world.heartbeats.at(-1)?.currentMetadataOffset, EPOCH + 4);
});

Deno.test("a broker that stops asks until it may, and warns once of what keeps failing", async () => {
  const world = new World();
  world.publish(EPOCH);
  await world.lifecycle.start();
  await world.settle();
  world.answer = () => new NetworkError("timeout", "nobody is there");
  await world.advance(2_000);
  for (let attempt = 0; attempt < 5; attempt++) await world.advance(100);
  assert.deepEqual(world.warnings, ["no answer to a heartbeat"]);
  let asked = 0;
  world.answer = ({ wantShutDown }) => ({ shouldShutDown: wantShutDown && ++asked === 3 });
  await world.advance(100);
  const stopped = world.lifecycle.stop();
  await world.settle();
  for (let turn = 0; turn < 2; turn++) await world.advance(20);
  await stopped;
  assert.equal(asked, 3);
  const { length } = world.heartbeats;
  await world.advance(10_000);
  assert.equal(world.heartbeats.length, length);
});

Deno.test("a stop ends when no controller answers: the last nodes of a cluster have none", async () => {
  const world = new World();
  world.publish(EPOCH);
  await world.lifecycle.start();
  world.answer = () => new NetworkError("timeout", "nobody is there");
  await world.lifecycle.stop();
  assert.equal(world.heartbeats.at(-1)?.wantShutDown, true);
});

Deno.test("a start fails when another live broker has the id, after more than a session timeout", async () => {
  const world = new World();
  world.registrationError = ErrorCode.DUPLICATE_BROKER_REGISTRATION;
  let failure: unknown;
  world.lifecycle.start().catch((error) => failure = error);
  for (let passedMs = 0; passedMs < 10_000; passedMs += 100) await world.advance(100);
  assert.equal(failure, undefined);
  for (let passedMs = 0; passedMs < 1_500; passedMs += 100) await world.advance(100);
  assert.match(String(failure), /node\.id: 1 is taken/);
  assert.equal(world.warnings.length, 1);
});

Deno.test("another broker is alive since that was told, not since it was asked", async () => {
  // An answer that took longer than a session made the next round the last (seed 101011 of 120 s, 4 nodes).
  const world = new World();
  world.publish(EPOCH);
  world.registrationError = ErrorCode.DUPLICATE_BROKER_REGISTRATION;
  world.registrationDelay = () => world.time.sleep(20_000);
  const start = world.lifecycle.start();
  await world.settle();
  await world.advance(20_000);
  world.registrationError = ErrorCode.NONE;
  world.registrationDelay = () => Promise.resolve();
  await world.advance(100);
  await start;
  assert.equal(world.registrations, 2);
});

Deno.test("a broker is in touch for a session timeout since it sent what left it unfenced", async () => {
  const world = new World();
  world.publish(EPOCH);
  assert.equal(world.lifecycle.isInTouch, false);
  await world.lifecycle.start();
  await world.settle();
  assert.equal(world.lifecycle.isInTouch, true);
  world.answer = () => new NetworkError("timeout", "nobody is there");
  await world.advance(8_999);
  assert.equal(world.lifecycle.isInTouch, true);
  await world.advance(1);
  assert.equal(world.lifecycle.isInTouch, false);
  world.answer = () => ({ isFenced: true });
  await world.advance(100);
  assert.equal(world.lifecycle.isInTouch, false);
  world.answer = () => ({});
  await world.advance(100);
  assert.equal(world.lifecycle.isInTouch, true);
});
