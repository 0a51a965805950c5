/** What every network must do between two ends. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Prng } from "../../src/core/prng.ts";
import type { Connection, Listener } from "../../src/platform/network.ts";
import { bytesOf, type Case, failsOnNetwork, type Subject, textOf } from "./case.ts";

/** A listener and the two ends of a connection to it. */
interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly listener: Listener;
}

async function connected({ platform: { network }, host }: Subject): Promise<Pair> {
  const listener = network.listen({ host, port: 0 });
  const [client, server] = await Promise.all([network.connect(listener.address), listener.accept()]);
  assert(server);
  return { client, server, listener };
}

/** Runs `task` with a connected pair and closes everything afterwards. */
function withPair(
  task: (pair: Pair, subject: Subject) => Promise<void>,
): (subject: Subject) => Promise<void> {
  return async (subject) => {
    const pair = await connected(subject);
    try {
      await task(pair, subject);
    } finally {
      for (const end of [pair.client, pair.server, pair.listener]) end.close();
    }
  };
}

/** Reads until the stream ends. */
async function readAll(connection: Connection): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const target = new Uint8Array(65536);
  for (let got = await connection.read(target); got > 0; got = await connection.read(target)) {
    chunks.push(target.slice(0, got));
  }
  return joined(chunks);
}

async function readExactly(connection: Connection, length: number): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const got = await connection.read(target.subarray(at));
    assert(got > 0, `the stream ended after ${at} of ${length} bytes`);
    at += got;
  }
  return target;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Writes `bytes` in pieces of random length. */
async function writeInPieces(connection: Connection, bytes: Uint8Array, prng: Prng): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const length = Math.min(1 + prng.below(200_000), bytes.length - at);
    await connection.write(bytes.subarray(at, at + length));
    at += length;
  }
}

const streamCases: readonly Case[] = [
  {
    name: "bytes arrive at the other end, and both ends agree on their addresses",
    run: withPair(async ({ client, server, listener }, { host }) => {
      assert.equal(listener.address.host, host);
      assert(listener.address.port > 0);
      assert.deepEqual(client.remote, listener.address);
      assert.deepEqual(client.local, server.remote);
      assert.deepEqual(client.remote, server.local);
      await client.write(bytesOf("ping"));
      assert.equal(textOf(await readExactly(server, 4)), "ping");
      await server.write(bytesOf("pong"));
      assert.equal(textOf(await readExactly(client, 4)), "pong");
    }),
  },
  {
    name: "a read takes at most its target and leaves the rest",
    run: withPair(async ({ client, server }) => {
      await client.write(bytesOf("abcdefgh"));
      const read: string[] = [];
      for (let length = 0; length < 8;) {
        const target = new Uint8Array(3);
        const got = await server.read(target);
        assert(got >= 1 && got <= 3);
        read.push(textOf(target.subarray(0, got)));
        length += got;
      }
      assert.equal(read.join(""), "abcdefgh");
    }),
  },
  {
    name: "a read that waits gets what comes later, while the same end writes",
    run: withPair(async ({ client, server }) => {
      const reading = readExactly(client, 5);
      await client.write(bytesOf("question"));
      assert.equal(textOf(await readExactly(server, 8)), "question");
      await server.write(bytesOf("reply"));
      assert.equal(textOf(await reading), "reply");
    }),
  },
  {
    name: "the bytes of a write may be reused once it has resolved; an empty write sends nothing",
    run: withPair(async ({ client, server }) => {
      const reused = new Uint8Array(1000);
      const reading = readExactly(server, 100_000);
      for (let round = 0; round < 100; round++) {
        await client.write(reused.fill(round));
        await client.write(new Uint8Array(0));
      }
      const received = await reading;
      assert(received.every((byte, index) => byte === Math.floor(index / 1000)));
    }),
  },
  {
    name: "large transfers in both directions at once arrive whole and in order",
    run: withPair(async ({ client, server }) => {
      const prng = new Prng(42);
      const [there, back] = [prng.bytes(12_000_000), prng.bytes(9_000_000)];
      const [receivedThere, receivedBack] = await Promise.all([
        readExactly(server, there.length),
        readExactly(client, back.length),
        writeInPieces(client, there, prng.fork()),
        server.write(back),
      ]);
      assert.equal(Buffer.compare(receivedThere, there), 0);
      assert.equal(Buffer.compare(receivedBack, back), 0);
    }),
  },
  {
    name: "a peer that does not read makes a write wait, and gets everything when it reads at last",
    run: withPair(async ({ client, server }, { platform: { timers } }) => {
      // More than a kernel holds for one connection, and than any implementation should hold by itself.
      const pieces = 1024;
      const piece = new Uint8Array(65536);
      let written = 0;
      const writing = (async () => {
        for (let round = 0; round < pieces; round++) {
          await client.write(piece.fill(round));
          written++;
        }
        await client.closeWrite();
      })();
      for (let before = -1; before !== written; await timers.sleep(100)) before = written;
      assert(written < pieces, "64 MiB were taken from a writer whose peer reads nothing");
      let length = 0;
      const target = new Uint8Array(100_000);
      for (let got = await server.read(target); got > 0; got = await server.read(target)) {
        for (let at = 0; at < got; at += 977) {
          assert.equal(target[at], Math.floor((length + at) / 65536) & 255);
        }
        length += got;
      }
      await writing;
      assert.equal(length, pieces * 65536);
    }),
  },
];

const endCases: readonly Case[] = [
  {
    name: "closeWrite ends one direction: the peer reads all, then 0, and can still answer",
    run: withPair(async ({ client, server }) => {
      await client.write(bytesOf("last words"));
      await client.closeWrite();
      assert.equal(textOf(await readAll(server)), "last words");
      assert.equal(await server.read(new Uint8Array(1)), 0);
      const answering = server.write(new Uint8Array(300_000).fill(9)).then(() => server.closeWrite());
      assert.equal((await readAll(client)).length, 300_000);
      await answering;
    }),
  },
  {
    name: "writing after closeWrite fails",
    run: withPair(async ({ client }) => {
      await client.closeWrite();
      await failsOnNetwork(["closed", "reset"], () => client.write(new Uint8Array(1)));
    }),
  },
  {
    name: "close lets the peer read what was written, then the end",
    run: withPair(async ({ client, server }) => {
      await client.write(bytesOf("goodbye"));
      client.close();
      client.close();
      assert.equal(textOf(await readAll(server)), "goodbye");
    }),
  },
  {
    name: "close ends a read that waits",
    run: withPair(async ({ client }) => {
      const reading = client.read(new Uint8Array(10)).catch((error) => error);
      client.close();
      const outcome = await reading;
      if (outcome !== 0) await failsOnNetwork(["closed"], () => Promise.reject(outcome));
    }),
  },
  {
    name: "close ends a write that waits",
    run: withPair(async ({ client }, { platform: { timers } }) => {
      const writing = client.write(new Uint8Array(64 << 20)).catch((error) => error);
      await timers.sleep(50);
      client.close();
      const outcome = await writing;
      await failsOnNetwork(["closed", "reset"], () => Promise.reject(outcome));
    }),
  },
  {
    name: "reading and writing after close fail with closed, and the message names the peer",
    run: withPair(async ({ client }) => {
      client.close();
      for (const use of [() => client.read(new Uint8Array(1)), () => client.write(new Uint8Array(1))]) {
        const { message } = await failsOnNetwork(["closed"], use);
        assert(message.includes(`${client.remote.host}:${client.remote.port}`), message);
      }
    }),
  },
  {
    name: "writing to a peer that has closed fails with reset before long",
    run: withPair(async ({ client, server }, { platform: { timers } }) => {
      client.close();
      await failsOnNetwork(["reset"], async () => {
        for (let round = 0; round < 1000; round++) {
          await server.write(new Uint8Array(100));
          await timers.sleep(1);
        }
      });
    }),
  },
  {
    name: "a peer that closes with bytes unread is gone for the other side",
    run: withPair(async ({ client, server }) => {
      await server.write(new Uint8Array(1000));
      assert((await client.read(new Uint8Array(10))) > 0);
      client.close();
      // TCP sends a reset when the closed socket held unread bytes, and an ordinary end when it did not.
      const outcome = await server.read(new Uint8Array(10)).catch((error) => error);
      if (outcome !== 0) await failsOnNetwork(["reset"], () => Promise.reject(outcome));
    }),
  },
];

const addressCases: readonly Case[] = [
  {
    name: "connecting where nobody listens fails with refused and names the address",
    async run({ platform: { network }, host }) {
      const listener = network.listen({ host, port: 0 });
      const { address } = listener;
      listener.close();
      const { message } = await failsOnNetwork(
        ["refused"],
        () => network.connect(address, { timeoutMs: 5000 }),
      );
      assert(message.includes(`${host}:${address.port}`), message);
    },
  },
  {
    name: "listening on a port in use fails; once closed it can be listened on again",
    async run({ platform: { network }, host }) {
      const listener = network.listen({ host, port: 0 });
      const { address } = listener;
      const { message } = await failsOnNetwork(["address-in-use"], () => network.listen(address));
      assert.equal(message, `listen on ${host}:${address.port}: the address is in use`);
      // A connection that lingers after its listener must not keep the port.
      const [client, server] = await Promise.all([network.connect(address), listener.accept()]);
      server!.close();
      await client.read(new Uint8Array(1));
      listener.close();
      const again = network.listen(address);
      assert.deepEqual(again.address, address);
      client.close();
      again.close();
    },
  },
  {
    name: "a name that does not resolve fails with unresolved",
    async run({ platform: { network } }) {
      const address = { host: "no-such-host.invalid", port: 9092 };
      await failsOnNetwork(["unresolved"], () => network.listen(address));
      const { message } = await failsOnNetwork(["unresolved"], () => network.connect(address));
      assert.equal(message, "connect to no-such-host.invalid:9092: the name cannot be resolved");
    },
  },
  {
    name: "a connection attempt that nobody answers fails with timeout, not early",
    needs: "silentAddress",
    async run({ platform: { network, clock }, silentAddress }) {
      const from = clock.monotonicMs();
      await failsOnNetwork(["timeout"], () => network.connect(silentAddress!, { timeoutMs: 50 }));
      assert(clock.monotonicMs() - from >= 49);
    },
  },
  {
    name: "closing a listener ends accepts and refuses newcomers, but keeps what was accepted",
    run: withPair(async ({ client, server, listener }, { platform: { network } }) => {
      const accepting = listener.accept();
      listener.close();
      listener.close();
      assert.equal(await accepting, null);
      assert.equal(await listener.accept(), null);
      await failsOnNetwork(
        ["refused", "reset"],
        () => network.connect(listener.address, { timeoutMs: 5000 }),
      );
      await client.write(bytesOf("still here"));
      assert.equal(textOf(await readExactly(server, 10)), "still here");
    }),
  },
  {
    name: "connections wait for accept, also with bytes in them",
    async run({ platform: { network, timers }, host }) {
      const listener = network.listen({ host, port: 0 });
      const clients: Connection[] = [];
      for (let number = 0; number < 5; number++) {
        const client = await network.connect(listener.address);
        await client.write(bytesOf(`number ${number}`));
        clients.push(client);
      }
      await timers.sleep(5);
      const greetings: string[] = [];
      for (const client of clients) {
        const server = await listener.accept();
        assert(server);
        greetings.push(textOf(await readExactly(server, 8)));
        server.close();
        client.close();
      }
      assert.deepEqual(greetings.sort(), [0, 1, 2, 3, 4].map((number) => `number ${number}`));
      listener.close();
    },
  },
  {
    name: "two hundred connections at once each get their own answers",
    async run({ platform: { network }, host }) {
      const listener = network.listen({ host, port: 0 });
      const serving = (async () => {
        const echoes: Promise<void>[] = [];
        for (let server = await listener.accept(); server !== null; server = await listener.accept()) {
          echoes.push(echo(server));
        }
        await Promise.all(echoes);
      })();
      await Promise.all(
        Array.from({ length: 200 }, async (_, number) => {
          const client = await network.connect(listener.address);
          for (let round = 0; round < 5; round++) {
            const message = `client ${number}, round ${round}`;
            await client.write(bytesOf(message));
            assert.equal(textOf(await readExactly(client, message.length)), message);
          }
          client.close();
        }),
      );
      listener.close();
      await serving;
    },
  },
];

async function echo(connection: Connection): Promise<void> {
  const target = new Uint8Array(1000);
  for (let got = await connection.read(target); got > 0; got = await connection.read(target)) {
    await connection.write(target.subarray(0, got));
  }
  connection.close();
}

export const networkCases: readonly Case[] = [...streamCases, ...endCases, ...addressCases];
