/** A controller that is its own quorum, on a disk that forgets what was not synced, in time that stands still. */

import assert from "node:assert/strict";
import { BrokerConfig } from "../../../src/config/broker_config.ts";
import type { BrokerConfigName } from "../../../src/config/table.ts";
import { Controller } from "../../../src/controller/controller.ts";
import { openMetaProperties } from "../../../src/controller/quorum/meta_properties.ts";
import { NO_PEERS } from "../../../src/controller/quorum/options.ts";
import { ByteReader, ByteWriter } from "../../../src/core/bytes.ts";
import type { NodeId, Uuid } from "../../../src/core/ids.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import { Prng } from "../../../src/core/prng.ts";
import { uuidFromRandom } from "../../../src/core/uuid.ts";
import type { Network } from "../../../src/platform/network.ts";
import { SUPPORTED_FEATURES } from "../../../src/metadata/features.ts";
import { featureRanges } from "../../../src/metadata/image_snapshot.ts";
import { codecOf } from "../../../src/protocol/codec.ts";
import { createTopics } from "../../../src/protocol/messages/19_create_topics.ts";
import { brokerRegistration } from "../../../src/protocol/messages/62_broker_registration.ts";
import { brokerHeartbeat } from "../../../src/protocol/messages/63_broker_heartbeat.ts";
import type { Api, Decoded, Encodable, Message } from "../../../src/protocol/schema.ts";
import { type ConnectionInfo, NO_RESPONSE, type RequestContext } from "../../../src/server/registry.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { ManualTime } from "../../harness/log_world.ts";

export const DIRECTORY = "/data";
export const NODE = 1 as NodeId;

type Settings = Partial<Record<BrokerConfigName, string | number | boolean>>;

/** One start of the node; the disk and the time outlive it. */
export class World {
  readonly time = new ManualTime();
  readonly random = new Prng(7);
  readonly settings: Settings;
  /** Where brokers are looked for; without it nobody asks after them. */
  readonly network: Network | undefined;
  /** The connections that requests come over, by name. */
  readonly #connections = new Map<string, TestConnection>();
  disk = new CrashDisk();
  controller!: Controller;
  failure: unknown = null;
  #nextConnection = 1;
  readonly #directories = new Map<number, Uuid>();

  private constructor(settings: Settings, network: Network | undefined) {
    this.settings = settings;
    this.network = network;
  }

  /** A running controller, active unless told. */
  static async start(settings: Settings = {}, network: Network | undefined = undefined): Promise<World> {
    const world = new World(settings, network);
    await world.open();
    return world;
  }

  get platform() {
    return { clock: this.time.clock, timers: this.time, random: this.random, disk: this.disk };
  }

  /** Starts the node on what the disk holds, and waits until it is the active controller. */
  async open(): Promise<void> {
    const { platform } = this;
    const meta = await openMetaProperties(platform, DIRECTORY, { nodeId: NODE, clusterId: undefined });
    this.controller = await Controller.open({
      platform,
      logger: silentLogger,
      config: BrokerConfig.of(this.settings),
      meta,
      directory: DIRECTORY,
      canBeVoter: true,
      endpoints: [{ name: "CONTROLLER", host: "127.0.0.1", port: 9093 }],
      transport: NO_PEERS,
      ...(this.network === undefined ? {} : { network: this.network }),
      onFailure: (error) => this.failure = error,
    });
    this.controller.start();
    await this.until(() => this.controller.isActive && this.controller.image.controllers.has(NODE));
  }

  /** Lets everything run that is ready until `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let turns = 0; !condition(); turns++) {
      assert.ok(turns < 2000, `it takes too long: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Stops cleanly and starts again. */
  async restart(): Promise<void> {
    await this.controller.shutdown();
    await this.open();
  }

  /** Loses power: what was not synced may be gone. */
  async crash(): Promise<void> {
    const { disk } = this;
    this.controller.abandon();
    this.disk = disk.crash(() => this.random.next());
    await this.open();
  }

  /** Asks the controller as over the wire: request and response are encoded and decoded. */
  async ask<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    version: number = api.request.versions.max,
    connection: string = "test",
  ): Promise<Decoded<A["response"]>> {
    const handler = this.controller.handlers.find((one) => one.api.key === api.key);
    assert.ok(handler, `${api.name} is served`);
    const response = await handler.handle(
      transcode(api.request, request, version),
      contextOf(version, this.connection(connection)),
    );
    assert.notEqual(response, NO_RESPONSE);
    return transcode(api.response, response, version) as Decoded<A["response"]>;
  }

  /** Registers a broker and, unless told, unfences it. */
  async addBroker(
    id: number,
    options: {
      readonly rack?: string;
      readonly fenced?: boolean;
      readonly previousEpoch?: number;
      readonly incarnationId?: Uuid;
      readonly logDirs?: readonly Uuid[];
      readonly host?: string;
    } = {},
  ): Promise<number> {
    const { clusterId } = this.controller.image;
    const response = await this.ask(brokerRegistration, {
      brokerId: id,
      clusterId,
      incarnationId: options.incarnationId ?? this.uuid(),
      listeners: [{
        name: "PLAINTEXT",
        host: options.host ?? "127.0.0.1",
        port: 9092 + id,
        securityProtocol: 0,
      }],
      features: featureRanges(SUPPORTED_FEATURES),
      rack: options.rack ?? null,
      logDirs: options.logDirs ?? [this.#directoryOf(id)],
      previousBrokerEpoch: options.previousEpoch ?? -1,
    });
    assert.equal(response.errorCode, 0);
    if (options.fenced !== true) await this.heartbeat(id, response.brokerEpoch);
    return response.brokerEpoch;
  }

  heartbeat(
    id: number,
    brokerEpoch: number,
    options: { readonly wantFence?: boolean; readonly wantShutDown?: boolean; readonly offset?: number } = {},
  ) {
    const { wantFence = false, wantShutDown = false } = options;
    const currentMetadataOffset = options.offset ?? this.controller.image.offset;
    return this.ask(
      brokerHeartbeat,
      {
        brokerId: id,
        brokerEpoch,
        currentMetadataOffset,
        wantFence,
        wantShutDown,
      },
      brokerHeartbeat.request.versions.max,
      `broker ${id}`,
    );
  }

  /** The connection of that name, open until it is closed here. */
  connection(name: string): TestConnection {
    let connection = this.#connections.get(name);
    if (connection === undefined || connection.closed) {
      connection = new TestConnection(this.#nextConnection++);
      this.#connections.set(name, connection);
    }
    return connection;
  }

  /** Creates one topic, which must succeed. */
  async createTopic(name: string, options: Partial<TopicOptions> = {}): Promise<Uuid> {
    const { assignments, partitions, replicationFactor, configs = {} } = options;
    const response = await this.ask(createTopics, {
      topics: [{
        name,
        numPartitions: assignments === undefined ? partitions ?? 1 : -1,
        replicationFactor: assignments === undefined ? replicationFactor ?? 1 : -1,
        assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      }],
    });
    assert.equal(response.topics[0]?.errorMessage, null);
    return response.topics[0]!.topicId;
  }

  partition(topic: string, index = 0) {
    const partition = this.controller.image.topics.byName.get(topic)?.partitions[index];
    assert.ok(partition, `${topic}-${index} exists`);
    return partition;
  }

  /** A broker has the same directory at each start. */
  #directoryOf(id: number): Uuid {
    const directory = this.#directories.get(id) ?? this.uuid();
    this.#directories.set(id, directory);
    return directory;
  }

  uuid(): Uuid {
    return uuidFromRandom((length) => this.random.bytes(length));
  }
}

interface TopicOptions {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly (readonly number[])[];
  readonly configs: Readonly<Record<string, string>>;
}

function transcode<M extends Message>(message: M, value: Encodable<M>, version: number): Decoded<M> {
  const writer = new ByteWriter();
  const codec = codecOf(message, version);
  codec.encode(writer, value);
  const reader = new ByteReader(writer.toBytes());
  const decoded = codec.decode(reader);
  assert.equal(reader.remaining, 0);
  return decoded;
}

/** A connection that a test ends. */
export class TestConnection implements ConnectionInfo {
  readonly id: number;
  readonly listener = "CONTROLLER";
  readonly local = { host: "127.0.0.1", port: 1 };
  readonly remote = this.local;
  closed = false;
  readonly #tasks = new Set<() => void>();

  constructor(id: number) {
    this.id = id;
  }

  close(): void {
    this.closed = true;
    for (const task of this.#tasks) task();
  }

  onClose(task: () => void): () => void {
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }
}

function contextOf(apiVersion: number, connection: ConnectionInfo): RequestContext {
  return {
    apiVersion,
    correlationId: 1,
    clientId: "test",
    receivedMs: 0,
    connection,
  };
}
