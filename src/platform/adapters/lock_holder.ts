/**
 * What a process writes into a directory's `.lock` file: its id, only for the message to the next one that comes.
 * The lock itself is the kernel's (flock), so that Deno and Bun exclude each other and a dead process holds nothing.
 */

import process from "node:process";
import { decodeUtf8, encodeUtf8 } from "../../core/bytes.ts";
import { DiskError } from "../disk.ts";

/** A lock file is never read beyond this. */
export const HOLDER_BYTES = 32;

/** What this process writes into the lock file it holds. */
export function holderText(): Uint8Array {
  return encodeUtf8(`${process.pid}\n`);
}

/** The error of a second process; `content` is what the first one wrote. */
export function lockedError(path: string, content: Uint8Array): DiskError {
  const pid = /^\d+/.exec(decodeUtf8(content, 0, content.length))?.[0];
  const who = pid === undefined ? "another process" : `process ${pid}`;
  return new DiskError("locked", path, `lock ${path}: ${who} is using it`);
}
