/**
 * What a process writes into a directory's `.lock` file: who holds it, for the message to the next one, and so that
 * a process without flock(2) can tell whether the holder still lives.
 */

import * as fs from "node:fs";
import process from "node:process";

/** A process, told apart from a later one with the same id. */
export interface LockOwner {
  readonly pid: number;
  /** When it started: the boot and the ticks since, as /proc has them; empty where there is no /proc. */
  readonly started: string;
  /** What protects its claim: the operating system's lock, or only this file. */
  readonly by: "flock" | "pid";
}

/** This process as an owner. */
export function ownOwner(by: LockOwner["by"]): LockOwner {
  return { pid: process.pid, started: startOf(process.pid), by };
}

export function encodeOwner(owner: LockOwner): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(owner)}\n`);
}

/** The owner in a lock file's content; null when there is none or it cannot be read. */
export function decodeOwner(bytes: Uint8Array): LockOwner | null {
  try {
    const { pid, started, by } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<LockOwner>;
    if (!Number.isSafeInteger(pid) || pid! <= 0) return null;
    return { pid: pid!, started: String(started ?? ""), by: by === "pid" ? "pid" : "flock" };
  } catch {
    return null;
  }
}

/** Whether the process that wrote `owner` is still running. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.started !== "") return startOf(owner.pid) === owner.started;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
}

/** The boot id and the start in ticks since boot of a process (proc(5), field 22); empty when unknown. */
function startOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold anything, parentheses too.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return ticks === undefined ? "" : `${boot}/${ticks}`;
  } catch {
    return "";
  }
}
