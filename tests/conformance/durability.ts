/** What must survive a power failure, for implementations that can have one. */

import assert from "node:assert/strict";
import { bytesOf, type Case, textOf } from "./case.ts";

export const durabilityCases: readonly Case[] = [
  {
    name: "what was synced, in a directory that was synced, survives",
    needs: "crash",
    async run({ platform: { disk }, directory, crash }) {
      const file = disk.open(`${directory}/log`, { create: true });
      await disk.syncDirectory(directory);
      file.write(bytesOf("acknowledged"), 0);
      await file.sync();
      file.write(bytesOf(" and not"), 12);
      const content = textOf(crash!().readFile(`${directory}/log`));
      assert(content.startsWith("acknowledged"), content);
    },
  },
  {
    name: "a truncation that was synced survives",
    needs: "crash",
    async run({ platform: { disk }, directory, crash }) {
      const file = disk.open(`${directory}/log`, { create: true });
      await disk.syncDirectory(directory);
      file.write(bytesOf("torn tail"), 0);
      await file.sync();
      file.truncate(4);
      await file.sync();
      assert.equal(textOf(crash!().readFile(`${directory}/log`)), "torn");
    },
  },
  {
    name: "a crash during writeFileAtomic leaves the old or the new content, whole",
    needs: "crash",
    async run({ platform: { disk }, directory, crash }) {
      const path = `${directory}/state`;
      await disk.writeFileAtomic(path, bytesOf("old"));
      const replacing = disk.writeFileAtomic(path, bytesOf("new content")).catch(() => {});
      const after = textOf(crash!().readFile(path));
      assert(["old", "new content"].includes(after), after);
      await replacing;
    },
  },
  {
    name: "what writeFileAtomic has resolved survives",
    needs: "crash",
    async run({ platform: { disk }, directory, crash }) {
      await disk.writeFileAtomic(`${directory}/state`, bytesOf("old"));
      await disk.writeFileAtomic(`${directory}/state`, bytesOf("new"));
      assert.equal(textOf(crash!().readFile(`${directory}/state`)), "new");
    },
  },
  {
    name: "renames and removals survive once the directory was synced",
    needs: "crash",
    async run({ platform: { disk }, directory, crash }) {
      for (const name of ["moved", "removed"]) {
        await disk.writeFileAtomic(`${directory}/${name}`, bytesOf(name));
      }
      disk.rename(`${directory}/moved`, `${directory}/here`);
      disk.remove(`${directory}/removed`);
      await disk.syncDirectory(directory);
      assert.deepEqual(crash!().list(directory).map(({ name }) => name), ["here"]);
    },
  },
  {
    name: "the lock of a directory dies with its holder",
    needs: "crash",
    run({ platform: { disk }, directory, crash }) {
      disk.lockDirectory(directory);
      crash!().lockDirectory(directory).release();
    },
  },
];
