/**
 * kafkajs as a client process: `kafkajs.ts produce BOOTSTRAP TOPIC RECORDS BYTES ACKS` or
 * `kafkajs.ts consume BOOTSTRAP TOPIC RECORDS`. Prints one line of JSON.
 */

import { Kafka, logLevel } from "kafkajs";

const [mode = "", bootstrap = "", topic = "", recordsText, bytesText, acksText] = Deno.args;
const records = Number(recordsText);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });

/** How many records go into one call of `send`. */
const BATCH = 200;
/** How many calls are under way at a time. */
const PARALLEL = 5;

async function produce(): Promise<number> {
  const producer = kafka.producer();
  await producer.connect();
  const value = new Uint8Array(Number(bytesText));
  crypto.getRandomValues(value);
  // kafkajs takes Node's buffers.
  const { Buffer } = await import("node:buffer");
  const messages = Array.from({ length: BATCH }, () => ({ value: Buffer.from(value) }));
  let left = Math.floor(records / BATCH);
  const start = performance.now();
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    while (left-- > 0) await producer.send({ topic, messages, acks: Number(acksText) });
  }));
  const seconds = (performance.now() - start) / 1000;
  await producer.disconnect();
  return seconds;
}

async function consume(): Promise<number> {
  const consumer = kafka.consumer({ groupId: `bench-${performance.timeOrigin}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let seen = 0;
  let start = 0;
  const done = Promise.withResolvers<void>();
  await consumer.run({
    eachBatch: ({ batch }) => {
      if (seen === 0) start = performance.now();
      seen += batch.messages.length;
      if (seen >= records) done.resolve();
      return Promise.resolve();
    },
  });
  await done.promise;
  const seconds = (performance.now() - start) / 1000;
  await consumer.disconnect();
  return seconds;
}

const seconds = await (mode === "produce" ? produce() : consume());
console.log(JSON.stringify({ seconds }));
Deno.exit(0);
