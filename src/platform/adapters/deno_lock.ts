/** The directory lock in Deno: flock(2) on `.lock`. */

import { join } from "node:path";
import type { DirectoryLock } from "../disk.ts";
import { onDisk } from "./disk_errors.ts";
import { HOLDER_BYTES, holderText, lockedError } from "./lock_holder.ts";

/** Takes the exclusive lock of the directory `path`; fails with "locked" when another holds it. */
export function denoLockDirectory(path: string): DirectoryLock {
  const options = { read: true, write: true, create: true };
  const file = onDisk("lock", path, () => Deno.openSync(join(path, ".lock"), options));
  try {
    onDisk("lock", path, () => claim(file, path));
  } catch (error) {
    file.close();
    throw error;
  }
  let held = true;
  return {
    release: () => {
      if (!held) return;
      held = false;
      file.truncateSync(0);
      file.close();
    },
  };
}

function claim(file: Deno.FsFile, path: string): void {
  if (!file.tryLockSync(true)) {
    const content = new Uint8Array(HOLDER_BYTES);
    throw lockedError(path, content.subarray(0, file.readSync(content) ?? 0));
  }
  file.truncateSync(0);
  file.writeSync(holderText());
}
