/** What /proc says of a process: the processor time of all its threads and the memory it uses. */

import { endWithUs } from "./peer.ts";

/** Clock ticks a second, which Linux has fixed at 100 for what it shows in /proc. */
const TICKS_PER_SECOND = 100;

/** The processor seconds, user and system, that all threads of these processes have used so far. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th field behind it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_SECOND;
}

function statusBytes(pids: readonly number[], field: string): number {
  let total = 0;
  for (const pid of pids) {
    const text = Deno.readTextFileSync(`/proc/${pid}/status`);
    total += Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1024;
  }
  return total;
}

/** The physical memory that these processes use now, in bytes. */
export function residentBytes(pids: readonly number[]): number {
  return statusBytes(pids, "VmRSS");
}

/** The most they have used since {@link resetPeak}, in bytes. */
export function peakBytes(pids: readonly number[]): number {
  return statusBytes(pids, "VmHWM");
}

/** Lets the peak begin anew; where that is not allowed it goes on counting from the start of the process. */
export function resetPeak(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
    } catch {
      // Another user's process, or a kernel without it.
    }
  }
}

/** How a command ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

/** A client did not do its work. */
export class ClientFailure extends Error {
  override readonly name = "ClientFailure";
}

/** Runs a client to its end, at most `timeoutMs`. Throws {@link ClientFailure} with what it said. */
export async function runClient(
  command: string,
  args: readonly string[],
  options: { readonly timeoutMs: number },
): Promise<Ran> {
  const child = new Deno.Command(command, { args: [...args], stdout: "piped", stderr: "piped" }).spawn();
  endWithUs(child);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, options.timeoutMs);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const [printed, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [
    string,
    string,
  ];
  if (!success) {
    const why = late ? `did not end within ${options.timeoutMs / 1000} s` : "failed";
    throw new ClientFailure(
      `${command} ${args.slice(-4).join(" ")} ${why}:\n${said.slice(-2000)}${printed.slice(-500)}`,
    );
  }
  return { stdout: printed, stderr: said };
}

/** Resolves after `ms`. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Fills a file with so many bytes and removes it. What is free afterwards the kernel has used a moment ago: in a
 * virtual machine, memory that nobody has used for a while costs whoever touches it first several times as much,
 * and that would be neither peer's doing.
 */
export function warmFreeMemory(directory: string, bytes: number): void {
  const path = `${directory}/warm`;
  const chunk = new Uint8Array(1024 * 1024);
  const file = Deno.openSync(path, { write: true, create: true, truncate: true });
  for (let written = 0; written < bytes; written += chunk.length) file.writeSync(chunk);
  file.close();
  Deno.removeSync(path);
}
