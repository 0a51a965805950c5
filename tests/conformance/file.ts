/** What every open file must do. */

import assert from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import type { DiskFile } from "../../src/platform/disk.ts";
import { bytesOf, type Case, failsOnDisk, type Subject, textOf } from "./case.ts";

function newFile({ platform, directory }: Subject): DiskFile {
  return platform.disk.open(`${directory}/file`, { create: true });
}

/** All that the file holds, by a read longer than it. */
function contentOf(file: DiskFile): Uint8Array {
  const target = new Uint8Array(file.size + 10);
  return target.subarray(0, file.readNow(target, 0));
}

export const fileCases: readonly Case[] = [
  {
    name: "open fails when absent, creates when asked, and keeps what is there",
    async run({ platform: { disk }, directory }) {
      const path = `${directory}/file`;
      await failsOnDisk("not-found", path, () => disk.open(path));
      const created = disk.open(path, { create: true });
      assert.equal(created.path, path);
      assert.equal(created.size, 0);
      created.write(bytesOf("content"), 0);
      created.close();
      const again = disk.open(path, { create: true });
      assert.equal(again.size, 7);
      assert.equal(textOf(contentOf(again)), "content");
      again.close();
    },
  },
  {
    name: "exclusive creates a file and fails when it is there",
    async run({ platform: { disk }, directory }) {
      const path = `${directory}/file`;
      disk.open(path, { create: true, exclusive: true }).close();
      await failsOnDisk("exists", path, () => disk.open(path, { create: true, exclusive: true }));
    },
  },
  {
    name: "reads give what was written, and fewer bytes only at the end",
    async run(subject) {
      const file = newFile(subject);
      file.write(bytesOf("hello world"), 0);
      file.write(bytesOf("W"), 6);
      for (const read of [file.readNow.bind(file), file.read.bind(file)]) {
        const target = new Uint8Array(8);
        assert.equal(await read(target, 6), 5);
        assert.equal(textOf(target.subarray(0, 5)), "World");
        assert.equal(await read(target, 2), 8);
        assert.equal(textOf(target), "llo Worl");
        assert.equal(await read(target, 11), 0);
        assert.equal(await read(target, 1000), 0);
        assert.equal(await read(new Uint8Array(0), 0), 0);
      }
      file.close();
    },
  },
  {
    name: "a write beyond the end leaves zeros between",
    run(subject) {
      const file = newFile(subject);
      file.write(bytesOf("ab"), 0);
      file.write(bytesOf("z"), 5);
      assert.equal(file.size, 6);
      assert.deepEqual([...contentOf(file)], [97, 98, 0, 0, 0, 122]);
      file.close();
    },
  },
  {
    name: "truncate cuts, and extends with zeros even where there was data",
    async run(subject) {
      const file = newFile(subject);
      file.write(bytesOf("abcdef"), 0);
      file.truncate(2);
      assert.equal(file.size, 2);
      assert.equal(textOf(contentOf(file)), "ab");
      file.truncate(4);
      assert.deepEqual([...contentOf(file)], [97, 98, 0, 0]);
      await file.shrink(1);
      assert.equal(file.size, 1);
      assert.equal(textOf(contentOf(file)), "a");
      const shrunk = file.shrink(0);
      file.close();
      await shrunk;
    },
  },
  {
    name: "random operations give what an array of bytes would give",
    async run(subject) {
      const prng = new Prng(20_240_611);
      const file = newFile(subject);
      let model = new Uint8Array(0);
      for (let round = 0; round < 400; round++) {
        const position = prng.below(model.length + 20);
        if (prng.chance(0.05)) {
          const cut = new Uint8Array(position);
          cut.set(model.subarray(0, position));
          model = cut;
          file.truncate(position);
        } else if (prng.chance(0.5)) {
          const bytes = prng.bytes(prng.below(3000));
          const grown = new Uint8Array(
            bytes.length > 0 ? Math.max(model.length, position + bytes.length) : model.length,
          );
          grown.set(model);
          if (bytes.length > 0) grown.set(bytes, position);
          model = grown;
          file.write(bytes, position);
        } else {
          const target = new Uint8Array(prng.below(5000));
          const got = prng.chance(0.5) ? file.readNow(target, position) : await file.read(target, position);
          assert.deepEqual(target.subarray(0, got), model.subarray(position, position + target.length));
        }
        assert.equal(file.size, model.length);
      }
      assert.deepEqual(contentOf(file), model);
      file.close();
    },
  },
  {
    name: "asynchronous reads do not mix with each other, with writes or with syncs",
    async run(subject) {
      const file = newFile(subject);
      const words = 65536;
      const pattern = new Uint32Array(words).map((_, index) => index);
      file.write(new Uint8Array(pattern.buffer), 0);
      const prng = new Prng(7);
      const pending: Promise<void>[] = [];
      for (let round = 0; round < 300; round++) {
        const first = prng.below(words - 256);
        const target = new Uint32Array(256);
        const read = file.read(new Uint8Array(target.buffer), first * 4);
        pending.push(read.then((got) => {
          assert.equal(got, 1024);
          assert.deepEqual(target, pattern.subarray(first, first + 256));
        }));
        const again = prng.below(words - 64);
        file.write(new Uint8Array(pattern.buffer, again * 4, 256), again * 4);
        if (round % 50 === 0) pending.push(file.sync());
      }
      await Promise.all(pending);
      file.close();
    },
  },
  {
    name: "two handles on one file see each other's writes",
    run({ platform: { disk }, directory }) {
      const writer = disk.open(`${directory}/file`, { create: true });
      const reader = disk.open(`${directory}/file`);
      writer.write(bytesOf("seen"), 0);
      const target = new Uint8Array(4);
      assert.equal(reader.readNow(target, 0), 4);
      assert.equal(textOf(target), "seen");
      writer.close();
      reader.close();
    },
  },
  {
    name: "sync resolves for every one of many calls made at once and between writes",
    async run(subject) {
      const file = newFile(subject);
      const syncs: Promise<void>[] = [];
      for (let round = 0; round < 20; round++) {
        file.write(new Uint8Array(100), file.size);
        syncs.push(file.sync(), file.sync());
        if (round % 5 === 0) await subject.platform.timers.yield();
      }
      await Promise.all(syncs);
      assert.equal(file.size, 2000);
      file.close();
    },
  },
  {
    name: "close lets work under way finish and refuses what comes later",
    async run(subject) {
      const file = newFile(subject);
      file.write(new Uint8Array(100_000).fill(5), 0);
      const target = new Uint8Array(100_000);
      const under = [file.read(target, 0), file.sync(), file.sync()] as const;
      file.close();
      file.close();
      // Whatever is opened now must not take over the number of a descriptor that is still read from.
      const other = subject.platform.disk.open(`${subject.directory}/other`, { create: true });
      assert.equal((await Promise.all(under))[0], 100_000);
      assert(target.every((byte) => byte === 5));
      for (
        const late of [
          () => file.write(new Uint8Array(1), 0),
          () => file.readNow(target, 0),
          () => file.read(target, 0),
          () => file.truncate(0),
          () => file.sync(),
        ]
      ) await failsOnDisk("io", file.path, late);
      other.close();
    },
  },
];
