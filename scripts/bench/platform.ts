/**
 * What the platform adapter costs over the runtime itself: echo over TCP and file input and output, each through the
 * adapter and bare. `deno run -A scripts/bench/platform.ts`; on Bun (`bun scripts/bench/platform.ts`) only the adapter.
 * The echo server is a process of its own, as brokers are; both share the machine with the clients.
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { currentPlatform } from "../../src/platform/adapters/current.ts";
import type { DiskFile } from "../../src/platform/disk.ts";
import type { Address, Connection } from "../../src/platform/network.ts";

const platform = await currentPlatform();
const { clock, disk, network } = platform;
const onDeno = "Deno" in globalThis;
const SECONDS = 0.5;
const ROUNDS = 5;

/** Echoes whatever comes on a free port, which it prints. */
async function serveAdapter(): Promise<void> {
  const listener = network.listen({ host: "127.0.0.1", port: 0 });
  console.log(listener.address.port);
  for (let peer = await listener.accept(); peer !== null; peer = await listener.accept()) void echo(peer);
}

async function echo(peer: Connection): Promise<void> {
  const buffer = new Uint8Array(1 << 20);
  for (let got = await peer.read(buffer); got > 0; got = await peer.read(buffer)) {
    await peer.write(buffer.subarray(0, got));
  }
  peer.close();
}

/** The same without the adapter. */
async function serveBare(): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(listener.addr.port);
  for await (const peer of listener) {
    peer.setNoDelay(true);
    void echoBare(peer);
  }
}

async function echoBare(peer: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1 << 20);
  for (let got = await peer.read(buffer); got !== null; got = await peer.read(buffer)) {
    for (let done = 0; done < got;) done += await peer.write(buffer.subarray(done, got));
  }
  peer.close();
}

/** Starts a server of `kind` in a process of its own, runs `task` against it, ends it. */
async function withServer<T>(kind: string, task: (address: Address) => Promise<T>): Promise<T> {
  const args = [...(onDeno ? ["run", "-A"] : []), process.argv[1]!, kind];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve) => {
    server.stdout!.once("data", (text) => resolve(Number(String(text).trim())));
  });
  try {
    return await task({ host: "127.0.0.1", port });
  } finally {
    server.kill();
  }
}

/** Echoes in a second over `connections` connections that each have one message of `bytes` under way. */
async function echoesPerSecond(address: Address, connections: number, bytes: number): Promise<number> {
  const until = clock.monotonicMs() + SECONDS * 1000;
  const counts = Array.from({ length: connections }, async () => {
    const connection = await network.connect(address);
    const [message, answer] = [new Uint8Array(bytes), new Uint8Array(bytes)];
    let count = 0;
    for (; clock.monotonicMs() < until; count++) {
      void connection.write(message);
      for (let got = 0; got < bytes;) got += await connection.read(answer);
    }
    connection.close();
    return count;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0) / SECONDS;
}

/** Microseconds that one call of `task` takes: the best of five runs. */
function microseconds(count: number, task: (index: number) => void): number {
  let best = Infinity;
  for (let run = 0; run < 5; run++) {
    const from = clock.monotonicMs();
    for (let index = 0; index < count; index++) task(index);
    best = Math.min(best, (clock.monotonicMs() - from) * 1000 / count);
  }
  return best;
}

async function microsecondsAsync(count: number, task: (index: number) => Promise<unknown>): Promise<number> {
  const from = clock.monotonicMs();
  for (let index = 0; index < count; index++) await task(index);
  return (clock.monotonicMs() - from) * 1000 / count;
}

function report(name: string, adapter: number, bare: number | null, unit: string): void {
  const columns = [name.padEnd(28), adapter.toFixed(2).padStart(12)];
  columns.push(bare === null ? "-".padStart(12) : bare.toFixed(2).padStart(12), unit);
  console.log(columns.join("  "));
}

/** Both servers run throughout and take turns, so that the machine's moods meet both; the best round counts. */
async function benchNetwork(servers: readonly Address[]): Promise<void> {
  for (const [connections, bytes] of [[1, 100], [50, 100], [8, 16384], [4, 1 << 20]] as const) {
    const best = servers.map(() => 0);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, address] of servers.entries()) {
        best[index] = Math.max(best[index]!, await echoesPerSecond(address, connections, bytes));
      }
    }
    report(`echo ${connections} x ${bytes} B`, best[0]!, best[1] ?? null, "echoes/s");
  }
}

async function benchFile(directory: string, bytes: number): Promise<void> {
  const count = Math.max(20, Math.min(5000, Math.floor((32 << 20) / bytes)));
  const buffer = new Uint8Array(bytes);
  const file: DiskFile = disk.open(`${directory}/adapter-${bytes}`, { create: true });
  const bare = onDeno
    ? Deno.openSync(`${directory}/bare-${bytes}`, { read: true, write: true, create: true })
    : null;
  const seek = (index: number) => bare!.seekSync(index * bytes, 0);
  const bareTime = (task: (index: number) => void) => bare === null ? null : microseconds(count, task);
  const written = microseconds(count, (index) => file.write(buffer, index * bytes));
  report(
    `write ${bytes} B`,
    written,
    bareTime((index) => (index === 0 && seek(0), bare!.writeSync(buffer))),
    "us",
  );
  const readNow = microseconds(count, (index) => file.readNow(buffer, index * bytes));
  report(`read now ${bytes} B`, readNow, bareTime((index) => (seek(index), bare!.readSync(buffer))), "us");
  const asyncCount = Math.min(count, 1000);
  const read = await microsecondsAsync(asyncCount, (index) => file.read(buffer, index * bytes));
  const bareRead = bare === null ? null : await microsecondsAsync(asyncCount, (index) => {
    seek(index);
    return bare.read(buffer);
  });
  report(`read ${bytes} B`, read, bareRead, "us");
  const sync = await microsecondsAsync(20, () => (file.write(buffer, 0), file.sync()));
  const bareSync = bare === null
    ? null
    : await microsecondsAsync(20, () => (seek(0), bare.writeSync(buffer), bare.syncData()));
  report(`write and sync ${bytes} B`, sync, bareSync, "us");
  file.close();
  bare?.close();
}

if (process.argv[2] === "serve-adapter") await serveAdapter();
else if (process.argv[2] === "serve-bare") await serveBare();
else {
  console.log(`${"".padEnd(28)}  ${"adapter".padStart(12)}  ${"bare".padStart(12)}`);
  await withServer("serve-adapter", async (adapter) => {
    if (onDeno) await withServer("serve-bare", (bare) => benchNetwork([adapter, bare]));
    else await benchNetwork([adapter]);
  });
  const directory = `${process.cwd()}/bench-platform-${process.pid}`;
  disk.makeDirectory(directory);
  try {
    for (const bytes of [100, 1024, 16384, 1 << 20]) await benchFile(directory, bytes);
  } finally {
    disk.remove(directory);
  }
  process.exit(0);
}
