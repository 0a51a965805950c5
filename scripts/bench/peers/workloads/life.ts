/** What a broker's life costs: starting, doing nothing, coming back after a crash. */

import { type Load, produceFrame, run } from "../../load.ts";
import type { Figures } from "../figures.ts";
import type { Peer } from "../peer.ts";
import { untilProduced } from "../probe.ts";
import { cpuSeconds, residentBytes, sleep } from "../process.ts";
import { withTopic } from "../topics.ts";
import type { Bench, Workload } from "../workload.ts";

const START_TIMEOUT_MS = 120_000;
/** A disk may give no more than 100 MB/s of what has to be read. */
const RECOVERY_TIMEOUT_MS = 300_000;

async function inDirectory<T>(bench: Bench, task: (directory: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ dir: bench.directory, prefix: "life-" });
  try {
    return await task(`${directory}/data`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** From the process's start on an empty, formatted directory until it has taken a record; then it does nothing. */
function runStart(peer: Peer, bench: Bench): Promise<Figures> {
  return inDirectory(bench, async (directory) => {
    await peer.prepare(directory);
    const startedMs = performance.now();
    const broker = peer.spawn(directory);
    try {
      await untilProduced(broker.port, "first", START_TIMEOUT_MS);
      const startMs = performance.now() - startedMs;
      await sleep(2000);
      const before = cpuSeconds([broker.pid]);
      const seconds = Math.max(2, Math.round(3 * bench.scale));
      await sleep(seconds * 1000);
      const idle = cpuSeconds([broker.pid]) - before;
      return {
        startMs,
        idleRssMiB: residentBytes([broker.pid]) / 2 ** 20,
        idleCpuShare: idle / seconds * 100,
        installedMB: peer.installed().bytes / 1e6,
      };
    } finally {
      await broker.stop();
    }
  });
}

/** Fills a log, kills the broker, and takes the time from its next start until it has taken a record. */
function recover(peer: Peer, bench: Bench): Promise<Figures> {
  return inDirectory(bench, async (directory) => {
    await peer.prepare(directory);
    let broker = peer.spawn(directory);
    try {
      await untilProduced(broker.port, "first", START_TIMEOUT_MS);
      const recoveryMs = await withTopic(`127.0.0.1:${broker.port}`, { partitions: 1 }, async (topic) => {
        await fill({ port: broker.port, topic, bytes: bench.recoveryBytes });
        await broker.kill();
        const startedMs = performance.now();
        broker = peer.spawn(directory, { port: broker.port });
        await untilProduced(broker.port, topic, RECOVERY_TIMEOUT_MS);
        return performance.now() - startedMs;
      });
      return { recoveryMs };
    } finally {
      await broker.kill();
    }
  });
}

async function fill(
  what: { readonly port: number; readonly topic: string; readonly bytes: number },
): Promise<void> {
  const frame = produceFrame(what.topic, { count: 980, size: 1000 });
  const load: Load = { port: what.port, connections: 1, pipelined: 4, frame, seconds: 1 };
  for (let filled = 0; filled < what.bytes;) filled += (await run(load)).megabytesPerSecond * 1e6;
}

export const startAndIdle: Workload = {
  name: "start-and-idle",
  title: "a new node that starts, takes a record, and does nothing",
  ...{ on: "peer", share: 2, runWith: runStart },
};

export const recovery: Workload = {
  name: "recovery",
  title: "a node that was killed",
  ...{ on: "peer", maxPairs: 2, share: 4, runWith: recover },
};
