/** Asks a broker that is coming up until it takes a record: what a client can do at the earliest moment. */

import { ByteReader } from "../../../src/core/bytes.ts";
import { codecOf, isFlexible } from "../../../src/protocol/codec.ts";
import { produce } from "../../../src/protocol/messages/00_produce.ts";
import { metadata } from "../../../src/protocol/messages/03_metadata.ts";
import type { Api, Decoded, Message } from "../../../src/protocol/schema.ts";
import { produceFrame, requestFrame } from "../load.ts";
import { sleep } from "./process.ts";

/** The version of Metadata and Produce in which topics still have names. */
const VERSION = 9;
const RETRY_MS = 2;

async function readExactly(connection: Deno.Conn, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await connection.read(bytes.subarray(at));
    if (count === null) throw new Error("the connection was closed");
    at += count;
  }
  return bytes;
}

async function ask<Res extends Message>(
  connection: Deno.Conn,
  api: Api<Message, Res>,
  frame: Uint8Array,
): Promise<Decoded<Res>> {
  for (let at = 0; at < frame.length;) at += await connection.write(frame.subarray(at));
  const length = new DataView((await readExactly(connection, 4)).buffer).getInt32(0);
  const reader = new ByteReader(await readExactly(connection, length));
  reader.take(4);
  if (isFlexible(api.response, VERSION)) reader.skipTaggedFields();
  return codecOf(api.response, VERSION).decode(reader);
}

async function tryOnce(port: number, topic: string, frame: Uint8Array): Promise<boolean> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const wanted = requestFrame(metadata, VERSION, {
      topics: [{ name: topic }],
      allowAutoTopicCreation: true,
    });
    while (true) {
      const { topics } = await ask(connection, metadata, wanted);
      if (topics[0]?.errorCode === 0 && (topics[0].partitions[0]?.leaderId ?? -1) >= 0) break;
      await sleep(RETRY_MS);
    }
    const { responses } = await ask(connection, produce, frame);
    return responses[0]?.partitionResponses[0]?.errorCode === 0;
  } finally {
    connection.close();
  }
}

/** Resolves when a record has been acknowledged (acks=1) by the broker on `port`; gives up after `timeoutMs`. */
export async function untilProduced(port: number, topic: string, timeoutMs: number): Promise<void> {
  const frame = produceFrame(topic, { count: 1, size: 100 });
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    try {
      if (await tryOnce(port, topic, frame)) return;
    } catch {
      // It does not listen yet, or not to this yet.
    }
    await sleep(RETRY_MS);
  }
  throw new Error(`the broker on port ${port} took no record within ${timeoutMs / 1000} s`);
}

/** Resolves when the broker on `port` knows `brokers` brokers; gives up after `timeoutMs`. */
export async function untilBrokers(port: number, brokers: number, timeoutMs: number): Promise<void> {
  const frame = requestFrame(metadata, VERSION, { topics: [], allowAutoTopicCreation: false });
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    try {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      if ((await ask(connection, metadata, frame)).brokers.length >= brokers) return;
    } catch {
      // It does not listen yet.
    }
    await sleep(RETRY_MS * 50);
  }
  throw new Error(`the broker on port ${port} did not find ${brokers} brokers within ${timeoutMs / 1000} s`);
}
