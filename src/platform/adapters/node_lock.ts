/** The directory lock in Bun and Node: flock(2) on `.lock`, by one of the ways that {@link flock} has. */

import * as fs from "node:fs";
import { join } from "node:path";
import type { DirectoryLock } from "../disk.ts";
import { onDisk } from "./disk_errors.ts";
import { tryFlock } from "./flock.ts";
import { HOLDER_BYTES, holderText, lockedError } from "./lock_holder.ts";

/** Takes the exclusive lock of the directory `path`; fails with "locked" when another holds it. */
export function nodeLockDirectory(path: string): DirectoryLock {
  const { O_RDWR, O_CREAT } = fs.constants;
  const descriptor = onDisk("lock", path, () => fs.openSync(join(path, ".lock"), O_RDWR | O_CREAT, 0o644));
  try {
    onDisk("lock", path, () => claim(descriptor, path));
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
  let held = true;
  return {
    release: () => {
      if (!held) return;
      held = false;
      fs.ftruncateSync(descriptor, 0);
      fs.closeSync(descriptor);
    },
  };
}

function claim(descriptor: number, path: string): void {
  if (!tryFlock(descriptor)) {
    const content = new Uint8Array(HOLDER_BYTES);
    throw lockedError(path, content.subarray(0, fs.readSync(descriptor, content, 0, HOLDER_BYTES, 0)));
  }
  fs.ftruncateSync(descriptor, 0);
  fs.writeSync(descriptor, holderText(), 0, null, 0);
}
