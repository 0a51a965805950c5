/**
 * A broker that is killed (SIGKILL) in the middle of produce, again and again. After each restart everything that
 * was acknowledged is there, in order, at the offsets that were told; an idempotent producer that sends again what
 * was not acknowledged leaves no duplicate (KIP-98); topics whose creation was acknowledged are there, those whose
 * deletion was are not.
 *
 * SIGKILL loses no page cache, so this holds for acks=1 without any flush too; what survives the loss of the
 * machine is the business of the simulated disk. SLUICE_CRASH_ROUNDS and SLUICE_CRASH_SEED choose how often and how.
 */

import assert from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { startBroker } from "../harness/broker.ts";
import { createTopic } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { IdempotentWriter, PlainWriter, type Writer } from "./crash_writers.ts";

const rounds = Number(Deno.env.get("SLUICE_CRASH_ROUNDS") ?? 10);
const seed = Number(Deno.env.get("SLUICE_CRASH_SEED") ?? Date.now());

/** Lets writers work until the broker is killed; resolves when all of them have noticed. */
async function writeUntilKilled(
  broker: Awaited<ReturnType<typeof startBroker>>,
  writers: readonly Writer[],
  lifeMs: number,
): Promise<void> {
  const working = writers.map(async (writer) => {
    using client = await WireClient.connect(broker.address);
    await writer.writeUntilCut(client);
  });
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  await broker.kill();
  await Promise.all(working);
}

/** The topics whose creation, and those whose deletion, was acknowledged. */
interface Administered {
  readonly there: Set<string>;
  readonly gone: Set<string>;
}

/** Creates topics, and deletes every third one, until the connection breaks. */
async function administrateUntilKilled(client: WireClient, prefix: string): Promise<Administered> {
  const done: Administered = { there: new Set(), gone: new Set() };
  for (let index = 0;; index++) {
    const name = `${prefix}-${index}`;
    try {
      await createTopic(client, name);
      done.there.add(name);
      if (index % 3 === 2) {
        done.there.delete(name);
        const { responses } = await client.send(deleteTopics, 5, {
          topics: [],
          topicNames: [name],
          timeoutMs: 10_000,
        });
        assert.equal(responses[0]!.errorCode, 0);
        done.gone.add(name);
      }
    } catch {
      return done;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function topicNames(client: WireClient): Promise<Set<string | null>> {
  const { topics } = await client.send(metadata, 12, { topics: null, allowAutoTopicCreation: false });
  return new Set(topics.map(({ name }) => name));
}

Deno.test({
  name: `crash: ${rounds} kills lose nothing that was acknowledged (seed ${seed})`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const random = new Prng(seed);
    await using broker = await startBroker({ configs: { "log.segment.bytes": 1 << 20 } });
    const writers: Writer[] = [];
    {
      using client = await WireClient.connect(broker.address);
      await createTopic(client, "lazy", { partitions: 3 });
      await createTopic(client, "flushed", { partitions: 2, configs: { "flush.messages": "1" } });
      for (const place of [{ topic: "lazy", partition: 0 }, { topic: "flushed", partition: 0 }]) {
        writers.push(await IdempotentWriter.open(client, place, random.fork()));
      }
      writers.push(new PlainWriter({ topic: "lazy", partition: 1 }, random.fork(), { acks: 1 }));
      writers.push(new PlainWriter({ topic: "lazy", partition: 2 }, random.fork(), { acks: -1 }));
      writers.push(new PlainWriter({ topic: "flushed", partition: 1 }, random.fork(), { acks: 1 }));
    }
    for (let round = 0; round < rounds; round++) {
      const administrator = await WireClient.connect(broker.address);
      const administrating = administrateUntilKilled(administrator, `created-${round}`);
      await writeUntilKilled(broker, writers, 20 + random.below(250));
      const { there, gone } = await administrating;
      administrator.close();
      // Now and then it is killed again while it recovers.
      if (random.chance(0.2)) {
        const starting = broker.start().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 50 + random.below(300)));
        await broker.kill();
        await starting;
      }
      await broker.start();
      using client = await WireClient.connect(broker.address);
      for (const writer of writers) await writer.finishAndVerify(client);
      const names = await topicNames(client);
      for (const name of there) assert.ok(names.has(name), `${name} was created`);
      for (const name of gone) assert.ok(!names.has(name), `${name} was deleted`);
    }
    const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
    assert.ok(acknowledged > rounds, `only ${acknowledged} batches were acknowledged`);
    await broker.restart();
    using client = await WireClient.connect(broker.address);
    for (const writer of writers) await writer.verifyFrom(client, 0);
  },
});
