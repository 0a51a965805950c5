/** Functions of Linux's C library that no runtime's own API has, over Bun's foreign functions. */

import process from "node:process";

/** What a function takes and returns, in the names that `bun:ffi` has for C's types. */
export interface Signature {
  readonly args: string[];
  readonly returns: string;
}

interface BunFfi {
  dlopen<Calls>(
    library: string,
    symbols: Readonly<Record<keyof Calls, Signature>>,
  ): { readonly symbols: Calls };
}

/** Loads some functions; null on other systems and runtimes, and where the library lacks one of them. */
export function loadLibc<Calls>(signatures: Readonly<Record<keyof Calls, Signature>>): Calls | null {
  if (process.platform !== "linux") return null;
  const builtin = process as { getBuiltinModule?: (name: string) => unknown };
  const ffi = builtin.getBuiltinModule?.("bun:ffi") as BunFfi | undefined;
  for (const library of ["libc.so.6", "libc.so"]) {
    try {
      return ffi?.dlopen<Calls>(library, signatures).symbols ?? null;
    } catch {
      // Not this C library: try the next.
    }
  }
  return null;
}
