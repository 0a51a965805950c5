import assert from "node:assert/strict";
import { changeNames, Directory } from "../../../src/simulation/disk/directory.ts";
import { FileContent } from "../../../src/simulation/disk/file_content.ts";

Deno.test("what is durable of a file is what was there at its last sync, whatever was written and cut since", () => {
  const file = new FileContent();
  file.write(Uint8Array.of(1, 2, 3, 4), 0);
  file.sync(file.changeCount);
  assert.equal(file.isDurable, true);
  file.write(Uint8Array.of(9, 9), 1);
  file.write(Uint8Array.of(5, 6), 4);
  file.truncate(2);
  file.write(Uint8Array.of(7), 2);
  assert.equal(file.isDurable, false);
  assert.deepEqual([...file.view()], [1, 9, 7]);
  assert.deepEqual([...file.durable()], [1, 2, 3, 4]);
});

Deno.test("a name is durable once its directory was synced", () => {
  const directory = new Directory();
  const file = new FileContent();
  changeNames([directory, "a", file]);
  assert.equal(directory.durable("a"), undefined);
  directory.sync(directory.changeCount);
  assert.equal(directory.durable("a"), file);
  changeNames([directory, "a", null]);
  assert.deepEqual(directory.durableEntries(), [["a", file]]);
});
