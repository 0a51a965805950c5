/** What a network that makes system calls of its own must do: send files, and give what has come without waiting. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Prng } from "../../src/core/prng.ts";
import type { DiskFile } from "../../src/platform/disk.ts";
import type { Connection, FileRange } from "../../src/platform/network.ts";
import { bytesOf, type Case, failsOnNetwork, type Subject, textOf } from "./case.ts";

interface Sending {
  readonly client: Connection;
  readonly server: Connection;
  readonly file: DiskFile;
  readonly content: Uint8Array;
  /** Part of the file, as it is unless told. */
  range(position: number, byteLength: number, isIntact?: () => boolean): FileRange;
}

const NOTHING = new Uint8Array(0);

/** More than the kernel keeps for a connection. */
const FILE_BYTES = 24_000_000;

function withFile(
  task: (sending: Sending, subject: Subject) => Promise<void>,
): (subject: Subject) => Promise<void> {
  return async (subject) => {
    const { platform: { network, disk }, host, directory } = subject;
    const listener = network.listen({ host, port: 0 });
    const [client, server] = await Promise.all([network.connect(listener.address), listener.accept()]);
    assert(server);
    const file = disk.open(`${directory}/file`, { create: true });
    const content = new Prng(7).bytes(FILE_BYTES);
    file.write(content, 0);
    const range = (position: number, byteLength: number, isIntact = () => true) => ({
      file,
      position,
      byteLength,
      isIntact,
    });
    try {
      await task({ client, server, file, content, range }, subject);
    } finally {
      for (const end of [client, server, listener, file]) end.close();
    }
  };
}

/** Reads `length` bytes, with naps so that the sender meets a full connection. */
async function readSlowly(connection: Connection, length: number, subject: Subject): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  for (let at = 0, round = 0; at < length; round++) {
    const got = await connection.read(target.subarray(at, at + 1_000_000));
    assert(got > 0, `the stream ended after ${at} of ${length} bytes`);
    at += got;
    if (round % 8 === 0) await subject.platform.timers.sleep(1);
  }
  return target;
}

/** Reads until the stream ends and returns how much came. */
async function readToEnd(connection: Connection): Promise<number> {
  const target = new Uint8Array(1_000_000);
  let length = 0;
  for (let got = -1; got !== 0; length += got) got = await connection.read(target);
  return length;
}

export const sendFileCases: readonly Case[] = [
  {
    name: "what was written is cached; what is behind the end is not",
    needs: "sendsFiles",
    run: withFile(({ file }) => {
      assert.equal(file.isCached?.(0, FILE_BYTES), true);
      assert.equal(file.isCached?.(4097, 1), true);
      assert.equal(file.isCached?.(FILE_BYTES - 1, 100_000), false);
      assert.equal(file.isCached?.(0, 0), false);
      return Promise.resolve();
    }),
  },
  {
    name: "parts of a file arrive whole and in order, between what is written before and behind",
    needs: "sendsFiles",
    run: withFile(async ({ client, server, content, range }, subject) => {
      const parts: readonly (readonly [number, number])[] = [
        [0, 1],
        [4095, 3],
        [1_000_001, 99_999],
        [123, FILE_BYTES - 123],
      ];
      const before = bytesOf("before");
      const length = parts.reduce((sum, [, bytes]) => sum + before.length + bytes, 0) + 6;
      const reading = readSlowly(client, length, subject);
      for (const [index, [position, bytes]] of parts.entries()) {
        await server.writeFile!(before, range(position, bytes), bytesOf(index === 3 ? "behind" : ""));
      }
      const received = await reading;
      let at = 0;
      for (const [position, bytes] of parts) {
        assert.equal(textOf(received.subarray(at, at += before.length)), "before");
        const part = received.subarray(at, at += bytes);
        assert.equal(Buffer.compare(part, content.subarray(position, position + bytes)), 0);
      }
      assert.equal(textOf(received.subarray(at)), "behind");
    }),
  },
  {
    name: "nothing has to come before a part, and the file may be closed while it is sent",
    needs: "sendsFiles",
    run: withFile(async ({ client, server, file, content, range }, subject) => {
      const writing = server.writeFile!(NOTHING, range(0, FILE_BYTES), NOTHING);
      file.close();
      const received = await readSlowly(client, FILE_BYTES, subject);
      await writing;
      assert.equal(Buffer.compare(received, content), 0);
    }),
  },
  {
    name: "a part that does not stay as it is fails with reset, also in the middle",
    needs: "sendsFiles",
    run: withFile(async ({ client, server, range }) => {
      const never = range(0, 10, () => false);
      await failsOnNetwork(["reset"], () => server.writeFile!(bytesOf("before"), never, NOTHING));
      let isIntact = true;
      const writing = server.writeFile!(NOTHING, range(0, FILE_BYTES, () => isIntact), NOTHING);
      const failing = failsOnNetwork(["reset"], () => writing);
      isIntact = false;
      const reading = readToEnd(client);
      await failing;
      server.close();
      assert(await reading < FILE_BYTES);
    }),
  },
  {
    name: "a file that ends before the part does fails with reset",
    needs: "sendsFiles",
    run: withFile(async ({ client, server, range }, subject) => {
      const writing = failsOnNetwork(
        ["reset"],
        () => server.writeFile!(NOTHING, range(5, FILE_BYTES), NOTHING),
      );
      await Promise.all([readSlowly(client, FILE_BYTES - 5, subject), writing]);
    }),
  },
  {
    name: "close and a peer that goes end a part that waits",
    needs: "sendsFiles",
    run: withFile(async ({ client, server, range }, { platform: { timers } }) => {
      const writing = server.writeFile!(NOTHING, range(0, FILE_BYTES), NOTHING).catch((error) => error);
      const back = client.writeFile!(NOTHING, range(0, FILE_BYTES), NOTHING).catch((error) => error);
      await timers.sleep(20);
      server.close();
      const [here, there] = await Promise.all([writing, back]);
      await failsOnNetwork(["closed", "reset"], () => Promise.reject(here));
      await failsOnNetwork(["reset"], () => Promise.reject(there));
      await failsOnNetwork(["closed"], () => server.writeFile!(bytesOf("late"), range(0, 10), NOTHING));
    }),
  },
  {
    name:
      "what has come can be taken without waiting, in order with other reads; then there is nothing, also at the end",
    needs: "sendsFiles",
    run: withFile(async ({ client, server, content }, { platform: { timers } }) => {
      assert.equal(server.readNow!(new Uint8Array(10)), 0);
      const writing = client.write(content).then(() => client.closeWrite());
      const received = new Uint8Array(FILE_BYTES);
      for (let at = 0, round = 0; at < FILE_BYTES; round++) {
        const space = received.subarray(at, at + 700_000);
        const taken = round % 3 === 0 ? 0 : server.readNow!(space);
        at += taken > 0 ? taken : await server.read(space);
        if (round % 16 === 0) await timers.sleep(1);
      }
      await writing;
      assert.equal(Buffer.compare(received, content), 0);
      assert.equal(server.readNow!(new Uint8Array(10)), 0);
      assert.equal(await server.read(new Uint8Array(10)), 0);
      server.close();
      assert.equal(server.readNow!(new Uint8Array(10)), 0);
    }),
  },
];
