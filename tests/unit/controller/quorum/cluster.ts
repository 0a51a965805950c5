/** Several controllers and observers in one process, in shared time that a test moves on, over a wire it can cut. */

import assert from "node:assert/strict";
import { BrokerConfig } from "../../../../src/config/broker_config.ts";
import { Controller } from "../../../../src/controller/controller.ts";
import { openMetaProperties } from "../../../../src/controller/quorum/meta_properties.ts";
import { MetadataQuorum } from "../../../../src/controller/quorum/metadata_quorum.ts";
import type { QuorumOptions, QuorumTransport } from "../../../../src/controller/quorum/options.ts";
import { ByteReader, ByteWriter } from "../../../../src/core/bytes.ts";
import type { NodeId } from "../../../../src/core/ids.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { NetworkError } from "../../../../src/platform/network.ts";
import { codecOf } from "../../../../src/protocol/codec.ts";
import type { Api, Decoded, Encodable, Message } from "../../../../src/protocol/schema.ts";
import type { Handler, RequestContext } from "../../../../src/server/registry.ts";
import { CrashDisk } from "../../../harness/crash_disk.ts";
import { ManualTime } from "../../../harness/log_world.ts";

/** Nodes up to this one are controllers, all others are brokers that observe. */
const LAST_CONTROLLER = 8;
const STATIC_VOTERS = "1@host:9001,2@host:9002,3@host:9003";
const DIRECTORY = "/data";
const CLUSTER_ID = "cluster-of-the-test-00";

/** A node of the cluster while it runs. */
interface Running {
  readonly quorum: MetadataQuorum;
  readonly controller: Controller | null;
  readonly handlers: readonly Handler[];
}

export class Cluster {
  readonly time = new ManualTime();
  readonly #settings: NonNullable<Parameters<typeof BrokerConfig.of>[0]>;
  readonly #disks = new Map<number, CrashDisk>();
  readonly #running = new Map<number, Running>();
  /** Nodes that hear and reach nobody. */
  readonly cutOff = new Set<number>();

  constructor(settings: NonNullable<Parameters<typeof BrokerConfig.of>[0]> = {}) {
    this.#settings = settings;
  }

  /** Three controllers that were told of each other (`controller.quorum.voters`). */
  static async start(settings: Parameters<typeof BrokerConfig.of>[0] = {}): Promise<Cluster> {
    const cluster = new Cluster({ "controller.quorum.voters": STATIC_VOTERS, ...settings });
    for (const id of [1, 2, 3]) await cluster.startNode(id);
    await cluster.until(() => cluster.active !== null);
    return cluster;
  }

  /** One controller that is its own quorum; those that are started later join it by themselves, if told at once. */
  static async found(roles: string | null = "broker,controller"): Promise<Cluster> {
    const cluster = new Cluster({
      "controller.quorum.auto.join.enable": true,
      ...(roles === null ? {} : { "process.roles": roles }),
    });
    await cluster.startNode(1);
    await cluster.until(() => cluster.active !== null);
    return cluster;
  }

  /** Starts a node. */
  async startNode(id: number): Promise<void> {
    const isController = id <= LAST_CONTROLLER;
    const isStatic = this.#settings["controller.quorum.voters"] !== undefined;
    const others = [...this.#running.keys()].map((other) => `host:${9000 + other}`).join(",");
    const disk = this.#disks.get(id) ?? new CrashDisk();
    this.#disks.set(id, disk);
    const random = new Prng(id * 1000 + this.time.nowMs % 1000);
    const platform = { clock: this.time.clock, timers: this.time, random, disk };
    const meta = await openMetaProperties(platform, DIRECTORY, {
      nodeId: id as NodeId,
      clusterId: CLUSTER_ID,
    });
    const options: QuorumOptions = {
      platform,
      logger: silentLogger,
      config: BrokerConfig.of({
        ...(isStatic || others === "" ? {} : { "controller.quorum.bootstrap.servers": others }),
        ...this.#settings,
      }),
      meta,
      directory: DIRECTORY,
      canBeVoter: isController,
      endpoints: isController ? [{ name: "CONTROLLER", host: "host", port: 9000 + id }] : [],
      transport: this.#transport(id),
      onFailure: (error) => assert.fail(error as Error),
    };
    if (isController) {
      const controller = await Controller.open(options);
      this.#running.set(id, { quorum: controller.quorum, controller, handlers: controller.handlers });
      controller.start();
    } else {
      const quorum = await MetadataQuorum.open(options);
      this.#running.set(id, { quorum, controller: null, handlers: [] });
      quorum.start();
    }
  }

  /** The node loses power and what it had not synced. */
  crash(id: number): void {
    const { quorum, controller } = this.node(id);
    this.#running.delete(id);
    if (controller !== null) controller.abandon();
    else quorum.abandon();
    const random = new Prng(id);
    this.#disks.set(id, this.#disks.get(id)!.crash(() => random.next()));
  }

  /** The node comes back without anything. */
  wipe(id: number): void {
    this.#disks.delete(id);
  }

  node(id: number): Running {
    const running = this.#running.get(id);
    assert.ok(running, `node ${id} runs`);
    return running;
  }

  disk(id: number): CrashDisk {
    return this.#disks.get(id)!;
  }

  /** The active controller's node among those that can be reached. */
  get active(): number | null {
    for (const [id, { controller }] of this.#running) {
      if (controller?.isActive === true && !this.cutOff.has(id)) return id;
    }
    return null;
  }

  /** Lets time pass until `condition` holds. */
  async until(condition: () => boolean, maxMs = 60_000, stepMs = 10): Promise<void> {
    for (let passedMs = 0; !condition(); passedMs += stepMs) {
      assert.ok(passedMs < maxMs, `it takes too long: ${condition}`);
      this.time.advance(stepMs);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Lets time pass. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.time.nowMs + durationMs;
    await this.until(() => this.time.nowMs >= untilMs);
  }

  async stop(): Promise<void> {
    for (const { quorum, controller } of this.#running.values()) {
      controller?.abandon();
      quorum.abandon();
    }
    await Promise.resolve();
  }

  /** Asks a node as over the wire; time passes until it answers. */
  async ask<A extends Api>(
    id: number,
    api: A,
    request: Encodable<A["request"]>,
  ): Promise<Decoded<A["response"]>> {
    let answer: Decoded<A["response"]> | undefined;
    let failure: unknown;
    this.#deliver(id, api, request).then((response) => answer = response, (error) => failure = error);
    await this.until(() => answer !== undefined || failure !== undefined);
    if (answer === undefined) throw failure;
    return answer;
  }

  #transport(from: number): QuorumTransport {
    const check = (to: number) => {
      if (this.cutOff.has(to) || this.cutOff.has(from)) throw new NetworkError("timeout", `no way to ${to}`);
      if (!this.#running.has(to)) throw new NetworkError("refused", `node ${to} does not run`);
    };
    return {
      send: async (endpoints, api, request) => {
        const to = (endpoints[0]?.port ?? 0) - 9000;
        check(to);
        const response = await this.#deliver(to, api, request);
        check(to);
        return response;
      },
    };
  }

  async #deliver<A extends Api>(
    to: number,
    api: A,
    request: Encodable<A["request"]>,
  ): Promise<Decoded<A["response"]>> {
    const handler = this.node(to).handlers.find((one) => one.api.key === api.key);
    assert.ok(handler, `node ${to} serves ${api.name}`);
    const apiVersion = api.request.versions.max;
    const context = {
      apiVersion,
      correlationId: 1,
      clientId: null,
      receivedMs: 0,
      connection: { id: 1, closed: false, onClose: () => () => {} },
    } as unknown as RequestContext;
    const response = await handler.handle(transcode(api.request, request, apiVersion), context);
    return transcode(api.response, response, apiVersion) as Decoded<A["response"]>;
  }
}

function transcode<M extends Message>(message: M, value: Encodable<M>, version: number): Decoded<M> {
  const writer = new ByteWriter();
  codecOf(message, version).encode(writer, value);
  return codecOf(message, version).decode(new ByteReader(writer.toBytes()));
}
