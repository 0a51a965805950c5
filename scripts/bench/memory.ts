/**
 * Memory of a broker: idle, with 1,000 idle connections, and over a soak of produce and consume.
 * `deno run -A scripts/bench/memory.ts [--minutes 10]`. SLUICE_BINARY names an executable to measure.
 */

import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { startBroker } from "../start_broker.ts";
import { fetchFrame, produceFrame, requestFrame, run } from "./load.ts";

const at = Deno.args.indexOf("--minutes");
const minutes = at < 0 ? 10 : Number(Deno.args[at + 1]);
const TOPIC = "soak";

const broker = await startBroker();
const { port } = broker;
const residentMiB = () => {
  const status = Deno.readTextFileSync(`/proc/${broker.pid}/status`);
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

try {
  await sleep(2000);
  const idle = residentMiB();
  console.log(`idle: ${idle} MiB`);

  const connections: Deno.TcpConn[] = [];
  for (let index = 0; index < 1000; index++) {
    connections.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  }
  await sleep(2000);
  console.log(`with 1,000 idle connections: ${residentMiB()} MiB, ${residentMiB() - idle} MiB more`);
  for (const connection of connections) connection.close();

  const create = requestFrame(metadata, 9, { topics: [{ name: TOPIC }], allowAutoTopicCreation: true });
  await run({ port, connections: 1, pipelined: 1, frame: create, seconds: 0 });
  const samples: number[] = [];
  const endMs = Date.now() + minutes * 60_000;
  while (Date.now() < endMs) {
    // In bursts, so that the soak is about memory and not about filling the disk.
    const small = {
      port,
      connections: 20,
      pipelined: 2,
      frame: produceFrame(TOPIC, { count: 1, size: 100 }),
    };
    const large = {
      port,
      connections: 2,
      pipelined: 2,
      frame: produceFrame(TOPIC, { count: 16, size: 1010 }),
    };
    const reads = { port, connections: 4, pipelined: 1, frame: fetchFrame(TOPIC, 256 * 1024) };
    await Promise.all([small, large, reads].map((load) => run({ ...load, seconds: 1 })));
    await sleep(4000);
    samples.push(residentMiB());
    if (samples.length % 12 === 0) console.log(`after ${samples.length / 12} min: ${samples.at(-1)} MiB`);
  }
  const part = (from: number, to: number) => {
    const slice = samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * to));
    return Math.round(slice.reduce((sum, one) => sum + one, 0) / slice.length);
  };
  console.log(`soak of ${minutes} min: first third ${part(0, 1 / 3)} MiB, last third ${part(2 / 3, 1)} MiB`);
} finally {
  await broker.stop();
}
