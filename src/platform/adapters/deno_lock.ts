/** The directory lock in Deno: flock(2) on `.lock`, which the kernel drops when the process ends however it ends. */

import { join } from "node:path";
import { type DirectoryLock, DiskError } from "../disk.ts";
import { onDisk } from "./disk_errors.ts";
import { decodeOwner, encodeOwner, isAlive, ownOwner } from "./lock_owner.ts";

/** Takes the exclusive lock of the directory `path`; fails with "locked" when another holds it. */
export function denoLockDirectory(path: string): DirectoryLock {
  const lockPath = join(path, ".lock");
  const file = onDisk("lock", path, () => Deno.openSync(lockPath, { read: true, write: true, create: true }));
  try {
    onDisk("lock", path, () => claim(file, path));
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    release: () => {
      file.truncateSync(0);
      file.close();
    },
  };
}

function claim(file: Deno.FsFile, path: string): void {
  const locked = file.tryLockSync(true);
  const content = new Uint8Array(1024);
  const holder = decodeOwner(content.subarray(0, file.readSync(content) ?? 0));
  // A process without flock claims the directory by its content alone.
  if (!locked || (holder?.by === "pid" && isAlive(holder))) {
    const who = holder === null ? "another process" : `process ${holder.pid}`;
    throw new DiskError("locked", path, `lock ${path}: ${who} is using it`);
  }
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(encodeOwner(ownOwner("flock")));
}
