/** A single node in virtual time that a test tells what to do, step by step. */

import assert from "node:assert/strict";
import { realHost } from "../../scripts/simulation_host.ts";
import { ClientConnection } from "../../src/client/connection.ts";
import { BrokerConfig } from "../../src/config/broker_config.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { deleteRecords } from "../../src/protocol/messages/21_delete_records.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { produce } from "../../src/protocol/messages/00_produce.ts";
import type { BatchOptions } from "../../src/records/batch_builder.ts";
import { SimNode } from "../../src/simulation/sim_node.ts";
import { Transcript } from "../../src/simulation/transcript.ts";
import { World } from "../../src/simulation/world.ts";
import { batch, valuesIn } from "../harness/batches.ts";

const HOST = "10.0.0.1";
const PATIENCE_US = 60e6;
const ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA";

export class Scenario {
  readonly world: World;
  readonly node: SimNode;
  readonly #client: Platform;
  readonly #ids = new Map<string, string>();
  #connection: ClientConnection | null = null;

  constructor(seed: number, configs: Parameters<typeof BrokerConfig.of>[0] = {}) {
    this.world = new World(realHost, seed, new Transcript());
    const config = () =>
      BrokerConfig.of({
        "node.id": 1,
        "listeners": `PLAINTEXT://${HOST}:9092`,
        "log.dirs": "/data",
        ...configs,
      });
    const plan = { id: 1, host: HOST, roles: ["broker", "controller"] as const, joinsLate: false };
    this.node = new SimNode(this.world, this.world.addMachine(HOST), plan, config);
    this.#client = this.world.addMachine("10.0.1.1").boot().platform;
  }

  /** Lets time pass until a task is done. */
  async until<T>(task: Promise<T>): Promise<T> {
    let done = false;
    const settled = task.finally(() => done = true);
    settled.catch(() => {});
    await this.world.runFor(PATIENCE_US, () => done);
    assert.equal(this.world.findings.first, null);
    assert(done, "the task must end within a minute of virtual time");
    return await settled;
  }

  async wait(ms: number): Promise<void> {
    await this.world.runFor(ms * 1000);
  }

  async start(): Promise<void> {
    this.node.start();
    await this.world.runFor(PATIENCE_US, () => this.node.state === "up");
    assert.equal(this.world.findings.first, null);
    assert.equal(this.node.state, "up");
    this.#connection = null;
  }

  async #connect(): Promise<ClientConnection> {
    this.#connection ??= await ClientConnection.open(this.node.address, {
      network: this.#client.network,
      timers: this.#client.timers,
      clientId: "scenario",
      softwareVersion: "1",
      requestTimeoutMs: 10_000,
    });
    return this.#connection;
  }

  async createTopic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const response = await this.until((async () =>
      await (await this.#connect()).send(createTopics, {
        topics: [{
          name,
          numPartitions: 1,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
        }],
      }))());
    const [topic] = response.topics;
    assert.equal(topic?.errorCode, 0, topic?.errorMessage ?? "");
    this.#ids.set(name, topic!.topicId);
  }

  async deleteTopic(name: string): Promise<void> {
    const request = { topics: [{ name, topicId: ZERO_ID }], topicNames: [name], timeoutMs: 5000 };
    const response = await this.until(
      (async () => await (await this.#connect()).send(deleteTopics, request))(),
    );
    assert.equal(response.responses[0]?.errorCode, 0);
  }

  /** Produces with acks=all; returns the base offset. */
  async produce(topic: string, values: readonly string[], options: BatchOptions = {}): Promise<number> {
    const records = batch(
      values.map((value) => ({ value, timestamp: this.#client.clock.wallMs() })),
      options,
    );
    const response = await this.until((async () =>
      await (await this.#connect()).send(produce, {
        acks: -1,
        timeoutMs: 5000,
        topicData: [{ name: topic, topicId: this.#ids.get(topic)!, partitionData: [{ index: 0, records }] }],
      }))());
    const answer = response.responses[0]?.partitionResponses[0];
    assert.equal(answer?.errorCode, 0);
    return answer!.baseOffset;
  }

  async deleteRecords(topic: string, offset: number): Promise<void> {
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }];
    const response = await this.until(
      (async () => await (await this.#connect()).send(deleteRecords, { topics, timeoutMs: 5000 }))(),
    );
    assert.equal(response.topics[0]?.partitions[0]?.errorCode, 0);
  }

  /** The values of all records of a topic from an offset on. */
  async values(topic: string, fetchOffset = 0): Promise<(string | null)[]> {
    const partition = { partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 };
    const response = await this.until((async () =>
      await (await this.#connect()).send(fetch, {
        maxWaitMs: 0,
        minBytes: 0,
        topics: [{ topic, topicId: this.#ids.get(topic)!, partitions: [partition] }],
      }))());
    const answer = response.responses[0]?.partitions[0];
    assert.equal(answer?.errorCode, 0);
    return valuesIn(answer!.records);
  }
}
