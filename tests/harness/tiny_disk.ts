/** A file system so small that it gets full, which needs Linux and root. */

import { temporaryDirectory } from "./broker.ts";

async function run(command: string, args: readonly string[]): Promise<boolean> {
  const child = new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" });
  return await child.output().then(({ success }) => success, () => false);
}

/** Whether such file systems can be had here. */
export const hasTinyDisks = Deno.build.os === "linux" && Deno.uid() === 0;

/** Runs a task with a file system of so many bytes; does nothing where mounting is forbidden although we are root. */
export async function withTinyDisk(bytes: number, task: (path: string) => Promise<void>): Promise<void> {
  const path = temporaryDirectory();
  if (!await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path])) return;
  try {
    await task(path);
  } finally {
    await run("umount", ["-l", path]);
  }
}

/** Makes a mounted file system read-only. */
export function makeReadOnly(path: string): Promise<boolean> {
  return run("mount", ["-o", "remount,ro", path]);
}
