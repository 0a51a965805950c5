/** What every disk must do with files and directories. */

import assert from "node:assert/strict";
import { bytesOf, type Case, failsOnDisk, textOf } from "./case.ts";

export const diskCases: readonly Case[] = [
  {
    name: "writeFileAtomic makes and replaces a whole file and leaves nothing beside it",
    async run({ platform: { disk }, directory }) {
      const path = `${directory}/state`;
      await disk.writeFileAtomic(path, bytesOf("first, which is longer"));
      assert.equal(textOf(disk.readFile(path)), "first, which is longer");
      await disk.writeFileAtomic(path, bytesOf("second"));
      assert.equal(textOf(disk.readFile(path)), "second");
      await disk.writeFileAtomic(path, new Uint8Array(0));
      assert.equal(disk.readFile(path).length, 0);
      assert.deepEqual(disk.list(directory), [{ name: "state", isDirectory: false }]);
    },
  },
  {
    name: "writeFileAtomic keeps the order of concurrent calls and copies what it is given",
    async run({ platform: { disk }, directory }) {
      const path = `${directory}/state`;
      const reused = new Uint8Array(1000);
      const writes = [];
      for (let round = 1; round <= 10; round++) writes.push(disk.writeFileAtomic(path, reused.fill(round)));
      reused.fill(99);
      await Promise.all(writes);
      assert.deepEqual(disk.readFile(path), new Uint8Array(1000).fill(10));
    },
  },
  {
    name: "writeFileAtomic goes on after a leftover of a crash, and fails where there is no directory",
    async run({ platform: { disk }, directory }) {
      const leftover = disk.open(`${directory}/state.tmp`, { create: true });
      leftover.write(bytesOf("half of something much longer than what comes"), 0);
      leftover.close();
      await disk.writeFileAtomic(`${directory}/state`, bytesOf("new"));
      assert.equal(textOf(disk.readFile(`${directory}/state`)), "new");
      const orphan = `${directory}/no/state`;
      await failsOnDisk("not-found", orphan, () => disk.writeFileAtomic(orphan, bytesOf("x")));
    },
  },
  {
    name: "readFile gives the whole content and fails when absent",
    async run({ platform: { disk }, directory }) {
      const path = `${directory}/file`;
      await failsOnDisk("not-found", path, () => disk.readFile(path));
      const content = new Uint8Array(100_000).map((_, index) => index * 7);
      await disk.writeFileAtomic(path, content);
      assert.deepEqual(disk.readFile(path), content);
    },
  },
  {
    name: "a file opened read-only can be read and is not made when absent",
    async run({ platform: { disk }, directory }) {
      const path = `${directory}/file`;
      await failsOnDisk("not-found", path, () => disk.open(path, { readOnly: true }));
      await disk.writeFileAtomic(path, bytesOf("content"));
      const file = disk.open(path, { readOnly: true });
      const read = new Uint8Array(7);
      assert.equal(file.readNow(read, 0), 7);
      assert.equal(textOf(read), "content");
      file.close();
    },
  },
  {
    name: "list sorts by name and tells directories from files",
    async run({ platform: { disk }, directory }) {
      for (const name of ["b", "a-10", "a-9", "Z"]) {
        disk.open(`${directory}/${name}`, { create: true }).close();
      }
      disk.makeDirectory(`${directory}/c`);
      disk.makeDirectory(`${directory}/c/inner`);
      assert.deepEqual(disk.list(directory), [
        { name: "Z", isDirectory: false },
        { name: "a-10", isDirectory: false },
        { name: "a-9", isDirectory: false },
        { name: "b", isDirectory: false },
        { name: "c", isDirectory: true },
      ]);
      assert.deepEqual(disk.list(`${directory}/c/inner`), []);
      await failsOnDisk("not-found", `${directory}/no`, () => disk.list(`${directory}/no`));
      await failsOnDisk("not-a-directory", `${directory}/b`, () => disk.list(`${directory}/b`));
    },
  },
  {
    name: "makeDirectory makes parents, accepts one that is there, refuses the place of a file",
    async run({ platform: { disk }, directory }) {
      const path = `${directory}/one/two/three`;
      disk.makeDirectory(path);
      disk.makeDirectory(path);
      assert.deepEqual(disk.list(`${directory}/one/two`), [{ name: "three", isDirectory: true }]);
      const file = `${directory}/file`;
      disk.open(file, { create: true }).close();
      await failsOnDisk("not-a-directory", file, () => disk.makeDirectory(file));
      await failsOnDisk("not-a-directory", `${file}/below`, () => disk.makeDirectory(`${file}/below`));
    },
  },
  {
    name: "rename moves files and directories, replaces a file, fails when absent",
    async run({ platform: { disk }, directory }) {
      const [from, to] = [`${directory}/from`, `${directory}/to`];
      await disk.writeFileAtomic(from, bytesOf("new"));
      await disk.writeFileAtomic(to, bytesOf("old"));
      disk.rename(from, to);
      assert.equal(textOf(disk.readFile(to)), "new");
      assert.equal(disk.exists(from), false);
      disk.makeDirectory(`${directory}/topic-0`);
      await disk.writeFileAtomic(`${directory}/topic-0/log`, bytesOf("records"));
      disk.rename(`${directory}/topic-0`, `${directory}/topic-0.deleted`);
      assert.equal(textOf(disk.readFile(`${directory}/topic-0.deleted/log`)), "records");
      await failsOnDisk("not-found", from, () => disk.rename(from, to));
    },
  },
  {
    name: "an open file stays the same file when it is renamed or removed",
    run({ platform: { disk }, directory }) {
      const file = disk.open(`${directory}/log`, { create: true });
      file.write(bytesOf("one"), 0);
      disk.rename(`${directory}/log`, `${directory}/log.deleted`);
      file.write(bytesOf("two"), 3);
      assert.equal(textOf(disk.readFile(`${directory}/log.deleted`)), "onetwo");
      disk.remove(`${directory}/log.deleted`);
      const target = new Uint8Array(6);
      assert.equal(file.readNow(target, 0), 6);
      assert.equal(textOf(target), "onetwo");
      file.close();
    },
  },
  {
    name: "remove takes files and whole trees, and nothing is not an error",
    async run({ platform: { disk }, directory }) {
      disk.makeDirectory(`${directory}/tree/deep`);
      await disk.writeFileAtomic(`${directory}/tree/deep/file`, bytesOf("x"));
      await disk.writeFileAtomic(`${directory}/file`, bytesOf("x"));
      disk.remove(`${directory}/tree`);
      disk.remove(`${directory}/file`);
      disk.remove(`${directory}/never-was`);
      assert.deepEqual(disk.list(directory), []);
      disk.makeDirectory(`${directory}/tree/deep`);
      await disk.writeFileAtomic(`${directory}/tree/deep/file`, bytesOf("x"));
      await disk.removeAside(`${directory}/tree`);
      await disk.removeAside(`${directory}/never-was`);
      assert.deepEqual(disk.list(directory), []);
    },
  },
  {
    name: "exists, fileSize and modifiedMs describe what is there",
    async run({ platform: { disk, clock }, directory }) {
      const path = `${directory}/file`;
      assert.equal(disk.exists(path), false);
      assert.equal(disk.exists(directory), true);
      await failsOnDisk("not-found", path, () => disk.fileSize(path));
      await failsOnDisk("not-found", path, () => disk.modifiedMs(path));
      await disk.writeFileAtomic(path, new Uint8Array(1234));
      assert.equal(disk.exists(path), true);
      assert.equal(disk.fileSize(path), 1234);
      assert(Number.isSafeInteger(disk.modifiedMs(path)));
      assert(Math.abs(disk.modifiedMs(path) - clock.wallMs()) < 60_000);
    },
  },
  {
    name: "syncDirectory resolves for a directory and fails when absent",
    async run({ platform: { disk }, directory }) {
      await disk.syncDirectory(directory);
      await failsOnDisk("not-found", `${directory}/no`, () => disk.syncDirectory(`${directory}/no`));
    },
  },
  {
    name: "space tells what the file system has and what is free",
    async run({ platform: { disk }, directory }) {
      const { totalBytes, freeBytes } = disk.space(directory);
      assert(Number.isSafeInteger(totalBytes) && Number.isSafeInteger(freeBytes));
      assert(totalBytes > 0 && freeBytes >= 0 && freeBytes <= totalBytes, `${freeBytes} of ${totalBytes}`);
      await failsOnDisk("not-found", `${directory}/no`, () => disk.space(`${directory}/no`));
    },
  },
  {
    name: "lockDirectory lets one holder in at a time",
    async run({ platform: { disk }, directory }) {
      const lock = disk.lockDirectory(directory);
      await failsOnDisk("locked", directory, () => disk.lockDirectory(directory));
      lock.release();
      const again = disk.lockDirectory(directory);
      lock.release();
      await failsOnDisk("locked", directory, () => disk.lockDirectory(directory));
      again.release();
      await failsOnDisk("not-found", `${directory}/no`, () => disk.lockDirectory(`${directory}/no`));
    },
  },
  {
    name: "a full disk refuses a write and cuts the file back",
    needs: "smallDirectory",
    async run({ platform: { disk }, smallDirectory }) {
      const path = `${smallDirectory}/log`;
      const file = disk.open(path, { create: true });
      file.write(bytesOf("kept"), 0);
      await failsOnDisk("no-space", path, () => file.write(new Uint8Array(4 << 20).fill(1), 4));
      assert.equal(file.size, 4);
      assert.equal(disk.fileSize(path), 4);
      assert.equal(textOf(disk.readFile(path)), "kept");
      file.write(bytesOf(" and going on"), 4);
      assert.equal(textOf(disk.readFile(path)), "kept and going on");
      file.close();
      disk.remove(path);
      const state = `${smallDirectory}/state`;
      await disk.writeFileAtomic(state, bytesOf("old"));
      await failsOnDisk("no-space", state, () => disk.writeFileAtomic(state, new Uint8Array(4 << 20)));
      assert.equal(textOf(disk.readFile(state)), "old");
      assert.deepEqual(disk.list(smallDirectory!), [{ name: "state", isDirectory: false }]);
    },
  },
];
