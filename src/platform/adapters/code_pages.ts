/**
 * The memory that the program's own code takes. Starting touches half of the executable: parsers, compilers, the code
 * of what happens once. Linux keeps those pages in the process although nothing uses them any more; told to let go, it
 * drops them from the process but not from its page cache, and maps again what is used after all.
 */

import * as fs from "node:fs";
import { loadLibc } from "./libc.ts";

/** A piece of the address space. */
interface Range {
  readonly start: number;
  readonly length: number;
}

interface Calls {
  madvise(start: number, length: number, advice: number): number;
}

const MADV_DONTNEED = 4;
const SIGNATURES = { madvise: { args: ["u64", "u64", "i32"], returns: "i32" } };

/**
 * Where the file at `path` is mapped for reading or executing in a process with these /proc/PID/smaps, and nothing in
 * memory differs from the file: letting go of a page that was changed, by the dynamic linker for one, would lose that.
 */
export function unchangedMappings(smaps: string, path: string): Range[] {
  const ranges: Range[] = [];
  let candidate: Range | null = null;
  for (const line of smaps.split("\n")) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) r-([x-])p \S+ \S+ [1-9]\d* +(.+)$/.exec(line);
    if (head !== null) {
      const start = parseInt(head[1]!, 16);
      candidate = head[4] === path ? { start, length: parseInt(head[2]!, 16) - start } : null;
    } else if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) {
      candidate = null;
    } else if (candidate !== null && /^Anonymous: +0 kB$/.test(line)) {
      ranges.push(candidate);
      candidate = null;
    }
  }
  return ranges;
}

/** Returns what lets go of the code's pages; null where that cannot be done, as without Bun's foreign functions. */
export function codePagesRelease(): (() => void) | null {
  const calls = loadLibc<Calls>(SIGNATURES);
  if (calls === null) return null;
  try {
    const ranges = unchangedMappings(
      fs.readFileSync("/proc/self/smaps", "utf8"),
      fs.readlinkSync("/proc/self/exe"),
    );
    return () => {
      for (const { start, length } of ranges) calls.madvise(start, length, MADV_DONTNEED);
    };
  } catch {
    // No /proc: the process stays as large as it is.
    return null;
  }
}
