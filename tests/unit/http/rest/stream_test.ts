/** A stream against a cluster that is made up: what it holds of a slow reader, and what it does while nothing comes. */

import assert from "node:assert/strict";
import { Producer } from "../../../../src/client/producer/producer.ts";
import { BrokerConfig } from "../../../../src/config/broker_config.ts";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import type { HttpContext } from "../../../../src/http/context.ts";
import { RestContext } from "../../../../src/http/rest/context.ts";
import { RecordStream, type StreamOptions } from "../../../../src/http/rest/records/stream.ts";
import { denoPlatform } from "../../../../src/platform/adapters/deno.ts";
import { FakeCluster } from "../../client/fake_cluster.ts";

/** The time between heartbeats: timers of so long wait for the test. */
const HEARTBEAT_MS = 15_000;

interface World {
  readonly fake: FakeCluster;
  /** Lets the time of a heartbeat come. */
  beat(): void;
  open(options?: Partial<StreamOptions>): ReadableStreamDefaultReader<string>;
  produce(partition: number, value: string): Promise<void>;
}

async function withStreams(run: (world: World) => Promise<void>): Promise<void> {
  const fake = new FakeCluster();
  fake.createTopic("t");
  const { clock, timers } = denoPlatform();
  const beats = new Set<() => void>();
  const http = {
    clock,
    timers: {
      ...timers,
      after(delayMs: number, task: () => void) {
        if (delayMs !== HEARTBEAT_MS) return timers.after(delayMs, task);
        beats.add(task);
        return { cancel: () => void beats.delete(task) };
      },
    },
    logger: silentLogger,
    config: BrokerConfig.of({}),
    stopping: new AbortController().signal,
  } as unknown as HttpContext;
  const rest = new RestContext(http);
  const cluster = fake.client();
  const producer = new Producer(cluster, { lingerMs: 0 });
  const readers: ReadableStreamDefaultReader<string>[] = [];
  try {
    await run({
      fake,
      beat() {
        const due = [...beats];
        beats.clear();
        for (const task of due) task();
      },
      open(options = {}) {
        const stream = new RecordStream(rest, fake.client(), {
          topic: "t",
          offsets: new Map([[0, 0]]),
          isWhole: true,
          accepts: () => true,
          format: "text",
          limit: Infinity,
          isolation: "read_uncommitted",
          onEnd: () => {},
          ...options,
        });
        const reader = stream.readable().pipeThrough(new TextDecoderStream()).getReader();
        readers.push(reader);
        return reader;
      },
      produce: (partition, value) =>
        new Promise((resolve, reject) => {
          const done = ({ error }: { error: Error | null }) => error === null ? resolve() : reject(error);
          producer.send("t", { key: null, value: encodeUtf8(value), partition }, done)?.catch(reject);
        }),
    });
  } finally {
    for (const reader of readers) await reader.cancel();
    producer.abort();
    await rest.close();
    cluster.close();
    fake.close();
  }
}

/** Reads until the text has `wanted` in it. */
async function readUntil(reader: ReadableStreamDefaultReader<string>, wanted: string): Promise<string> {
  let text = "";
  while (!text.includes(wanted)) text += (await reader.read()).value;
  return text;
}

Deno.test("a stream says that it lives and where it is while nothing passes its filter", async () => {
  await withStreams(async ({ open, produce, beat }) => {
    const reader = open({ accepts: () => false });
    await readUntil(reader, "id: 0-0\n");
    await produce(0, "a");
    // The record is passed over at some moment between two beats.
    let text = "";
    while (!text.includes("id: 0-1\n")) {
      beat();
      text = await readUntil(reader, ": still here\nid: ");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.ok(!text.includes("event:"));
  });
});

Deno.test("partitions that a topic gets later are followed from their beginning", async () => {
  await withStreams(async ({ fake, open, produce, beat }) => {
    const reader = open();
    await readUntil(reader, "id: 0-0\n");
    fake.topics.delete("t");
    fake.createTopic("t", [0, 0]);
    await produce(1, "in the new one");
    beat();
    assert.match(await readUntil(reader, "event: record"), /"partition":1,"offset":0.*in the new one/);
  });
});

Deno.test("a reader that does not read holds the fetching back", async () => {
  await withStreams(async ({ fake, open, produce }) => {
    const value = "x".repeat(100_000);
    for (let index = 0; index < 40; index++) await produce(0, value);
    assert.equal(fake.partition("t").batches.length, 40);
    const reader = open();
    await readUntil(reader, "event: record");
    const seen = await furthest(fake);
    assert.ok(seen < 20, `${seen} of 40 batches are fetched`);
    const text = await readUntil(reader, "id: 0-40\n");
    assert.ok(text.length > 2_000_000);
  });
});

/** How many batches were asked for, once nobody asks for more. */
async function furthest(fake: FakeCluster): Promise<number> {
  for (let before = -1;;) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const now = fake.furthestFetch;
    if (now === before) return now;
    before = now;
  }
}
