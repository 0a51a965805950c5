/** flock(2) for runtimes whose own API has none. */

import { spawnSync } from "node:child_process";
import process from "node:process";

const LOCK_EX_NB = 2 | 4;

/** The part of `bun:ffi` that is used. */
interface BunFfi {
  dlopen(library: string, symbols: { flock: { args: string[]; returns: string } }): {
    readonly symbols: { flock(descriptor: number, operation: number): number };
  };
}

/** Where the C library is, by `process.platform`; the second is musl's. */
const C_LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: ["libc.so.6", "libc.so"],
  darwin: ["libSystem.B.dylib"],
};

/**
 * Tries to take the exclusive lock of an open file without waiting; false when another holds it. The lock belongs
 * to the open file and ends when its descriptor is closed, at the latest with the process.
 */
export function tryFlock(descriptor: number): boolean {
  return callFlock(descriptor) ?? runFlock(descriptor);
}

/** Calls the C library through Bun; null where there is no Bun. */
function callFlock(descriptor: number): boolean | null {
  const builtin = process as { getBuiltinModule?: (name: string) => unknown };
  const ffi = builtin.getBuiltinModule?.("bun:ffi") as BunFfi | undefined;
  if (ffi === undefined) return null;
  for (const library of C_LIBRARIES[process.platform] ?? []) {
    try {
      const { symbols } = ffi.dlopen(library, { flock: { args: ["i32", "i32"], returns: "i32" } });
      return symbols.flock(descriptor, LOCK_EX_NB) === 0;
    } catch {
      // Not this C library: try the next.
    }
  }
  return null;
}

/**
 * Lets the flock(1) of util-linux or busybox lock the descriptor that it inherits. The open file is the same, so
 * the lock stays with this process when the helper ends.
 */
function runFlock(descriptor: number): boolean {
  const { status, error } = spawnSync("flock", ["-xn", "3"], {
    stdio: ["ignore", "ignore", "ignore", descriptor],
  });
  if (error !== undefined) {
    throw new Error(`this runtime has no file locks and flock(1) is not here: ${error.message}`);
  }
  if (status !== 0 && status !== 1) throw new Error(`flock(1) ended with status ${status}`);
  return status === 0;
}
