/** A small program over the adapter of whatever runtime starts it: what the tests of processes and locks talk to. */

import { encodeUtf8 } from "../../src/core/bytes.ts";
import { currentPlatform, currentProcess } from "../../src/platform/adapters/current.ts";
import { DiskError } from "../../src/platform/disk.ts";
import { BrokenPipeError, type Process } from "../../src/platform/process.ts";

/** What the program does, by its first argument. The result is its exit code. */
const modes: Readonly<Record<string, (process: Process) => Promise<number>>> = {
  /** Copies stdin to stdout. */
  async echo({ stdin, stdout }) {
    const target = new Uint8Array(10_000);
    for (let got = await stdin.read(target); got > 0; got = await stdin.read(target)) {
      await stdout.write(target.subarray(0, got));
    }
    return 7;
  },

  /** Says what it knows about itself. */
  async describe(process) {
    const { args, pid, stdin, stdout, stderr } = process;
    const directory = process.makeTemporaryDirectory("sluice-child-");
    const { disk } = await currentPlatform();
    const made = { name: directory, empty: disk.list(directory).length === 0 };
    disk.remove(directory);
    const terminals = [stdin.isTerminal, stdout.isTerminal, stderr.isTerminal];
    const variables = [
      process.env("SLUICE_TEST"),
      process.env("SLUICE_NOT_SET"),
      process.environment()["SLUICE_TEST"],
    ];
    const [memory, cpu, columns] = [process.memory(), process.cpu(), stdout.columns()];
    const facts = { args, pid, terminals, variables, made, memory, cpu, columns };
    await stdout.write(encodeUtf8(JSON.stringify(facts)));
    return 0;
  },

  /** Writes without end to a reader that goes away. */
  async flood({ stdout, stderr }) {
    try {
      while (true) await stdout.write(new Uint8Array(65536).fill(120));
    } catch (error) {
      if (!(error instanceof BrokenPipeError)) throw error;
      stderr.writeNow(encodeUtf8("broken pipe"));
      return 5;
    }
  },

  /** Waits for two SIGTERM and ends with 3. */
  async signal({ stdout, onSignal }) {
    let wake = () => {};
    const stop = onSignal("SIGTERM", () => wake());
    for (const word of ["ready", "once"]) {
      const signalled = new Promise<void>((resolve) => wake = resolve);
      await stdout.write(encodeUtf8(`${word}\n`));
      await keepAlive(signalled);
    }
    stop();
    return 3;
  },

  /** Lets an error escape and ends with 4 when it is told. */
  async uncaught(process) {
    const caught = new Promise<number>((resolve) => {
      process.onUncaught((error) => resolve((error as Error).message === "escaped" ? 4 : 1));
    });
    const { timers } = await currentPlatform();
    if (process.args[1] === "throw") timers.after(0, () => fail());
    else void Promise.reject(new Error("escaped"));
    return await keepAlive(caught);
  },

  /** Starts itself again: once to copy what it is sent, once to be killed. Says what came of it. */
  async again(process) {
    const copier = process.startAgain(["copy-once"], { SLUICE_TEST: "again" });
    await copier.write(encodeUtf8("through"));
    const target = new Uint8Array(100);
    const length = await copier.stdout.read(target);
    const copied = new TextDecoder().decode(target.subarray(0, length));
    const codes = [await copier.ended];
    const waiter = process.startAgain(["signal"], {});
    await waiter.stdout.read(target);
    waiter.signal("SIGSTOP");
    waiter.signal("SIGCONT");
    waiter.signal("SIGKILL");
    codes.push(await waiter.ended);
    waiter.signal("SIGTERM");
    await waiter.write(target);
    await process.stdout.write(encodeUtf8(JSON.stringify({ copied, codes })));
    return 0;
  },

  /** Copies one piece of stdin to stdout, with a variable before it. */
  async "copy-once"({ stdin, stdout, env }) {
    const target = new Uint8Array(100);
    const length = await stdin.read(target);
    await stdout.write(encodeUtf8(`${env("SLUICE_TEST")}: `));
    await stdout.write(target.subarray(0, length));
    return 9;
  },

  /** Holds the lock of the directory in the second argument until stdin ends. */
  async lock({ args, stdin, stdout }) {
    const { disk } = await currentPlatform();
    try {
      const lock = disk.lockDirectory(args[1]!);
      await stdout.write(encodeUtf8("held\n"));
      await stdin.read(new Uint8Array(1));
      lock.release();
      return 0;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      await stdout.write(encodeUtf8(`${error.code}: ${error.message}\n`));
      return 1;
    }
  },
};

function fail(): never {
  throw new Error("escaped");
}

/** A promise alone does not keep a process running. */
async function keepAlive<T>(promise: Promise<T>): Promise<T> {
  const { timers } = await currentPlatform();
  const timer = timers.after(60_000, () => {});
  try {
    return await promise;
  } finally {
    timer.cancel();
  }
}

const process = await currentProcess();
process.exit(await modes[process.args[0]!]!(process));
