/**
 * What the compaction of a large partition does to the clients of a broker: the latencies of produce requests to
 * another topic, idle and while it is compacted, in one run.
 *
 *     deno run -A scripts/bench/compaction_broker.ts [MiB, 1024 unless told] [bytes of a record, 1000 unless told]
 *         [bytes of a batch, 65536 unless told]
 */

import { BatchBuilder } from "../../src/records/batch_builder.ts";
import { produce } from "../../src/protocol/messages/00_produce.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { incrementalAlterConfigs } from "../../src/protocol/messages/44_incremental_alter_configs.ts";
import { startBroker } from "../start_broker.ts";
import { produceFrame, requestFrame } from "./load.ts";

const MIB = 1024 * 1024;
const totalBytes = Number(Deno.args[0] ?? 1024) * MIB;
const recordBytes = Number(Deno.args[1] ?? 1000);
const batchBytes = Number(Deno.args[2] ?? 65_536);
const KEYS = 200_000;
const PAUSE_MS = 4;
const RATIO = "min.cleanable.dirty.ratio";

/** One connection with one request under way. */
class Connection {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(64 * 1024);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async open(port: number): Promise<Connection> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new Connection(conn);
  }

  /** Sends a request and resolves with the milliseconds until its answer was there. */
  async ask(frame: Uint8Array): Promise<number> {
    const startedMs = performance.now();
    for (let sent = 0; sent < frame.length;) sent += await this.#conn.write(frame.subarray(sent));
    let length = 0;
    while (length < 4 || length < 4 + new DataView(this.#buffer.buffer).getInt32(0)) {
      const count = await this.#conn.read(this.#buffer.subarray(length));
      if (count === null) throw new Error("the broker closed the connection");
      length += count;
    }
    return performance.now() - startedMs;
  }

  close(): void {
    this.#conn.close();
  }
}

/** A Produce request with one batch of records of random keys. */
function keyedFrame(): Uint8Array {
  const builder = new BatchBuilder();
  const noise = crypto.getRandomValues(new Uint8Array(64 * 1024));
  const encoder = new TextEncoder();
  for (let count = Math.max(1, Math.floor(batchBytes / recordBytes)); count > 0; count--) {
    const at = Math.floor(Math.random() * (noise.length - recordBytes));
    const key = encoder.encode(`user-${Math.floor(Math.random() * KEYS)}`);
    builder.append({
      timestamp: Date.now(),
      key,
      value: noise.subarray(at, at + Math.max(1, recordBytes - 25)),
    });
  }
  return requestFrame(produce, 9, {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: "compacted", partitionData: [{ index: 0, records: builder.build() }] }],
  });
}

async function measure(connection: Connection, isOver: () => boolean): Promise<number[]> {
  const frame = produceFrame("other", { count: 1, size: 1000 });
  const latencies: number[] = [];
  while (!isOver()) {
    latencies.push(await connection.ask(frame));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return latencies.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], place: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * place))] ?? NaN;
const line = (sorted: readonly number[]) =>
  [0.5, 0.9, 0.99, 0.999, 1].map((place) => at(sorted, place).toFixed(2)).join(" / ");

const directory = Deno.makeTempDirSync({ prefix: "sluice-bench-" });
const broker = await startBroker([
  ...["--data-dir", directory, "--set", "log.cleaner.backoff.ms=50"],
  ...["--set", "log.segment.delete.delay.ms=1000"],
]);
try {
  const connection = await Connection.open(broker.port);
  const topicOf = (name: string, configs: readonly (readonly [string, string])[]) => ({
    name,
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: configs.map(([key, value]) => ({ name: key, value })),
  });
  const compacted = [["cleanup.policy", "compact"], ["segment.bytes", String(128 * MIB)], [
    RATIO,
    "1",
  ]] as const;
  await connection.ask(requestFrame(createTopics, 7, {
    topics: [topicOf("compacted", compacted), topicOf("other", [])],
    timeoutMs: 30_000,
    validateOnly: false,
  }));
  const frames = Array.from({ length: Math.ceil(Math.min(totalBytes, 256 * MIB) / batchBytes) }, keyedFrame);
  let sent = 0;
  for (let index = 0; sent < totalBytes; index++) {
    const frame = frames[index % frames.length]!;
    await connection.ask(frame);
    sent += frame.length;
  }
  // The disk catches up before anything is measured.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const idleUntilMs = performance.now() + 5000;
  const idle = await measure(connection, () => performance.now() > idleUntilMs);
  await connection.ask(requestFrame(incrementalAlterConfigs, 1, {
    resources: [{
      resourceType: 2,
      resourceName: "compacted",
      configs: [{ name: RATIO, configOperation: 0, value: "0" }],
    }],
    validateOnly: false,
  }));
  const startedMs = performance.now();
  const isCompacted = () => {
    try {
      return Deno.readTextFileSync(`${directory}/cleaner-offset-checkpoint`).includes("compacted 0 ");
    } catch {
      return false;
    }
  };
  const busy = await measure(connection, isCompacted);
  const seconds = (performance.now() - startedMs) / 1000;
  connection.close();
  console.log(
    `${(sent / MIB).toFixed(0)} MiB in batches of ${batchBytes} bytes compacted in ${
      seconds.toFixed(1)
    } s, ` +
      `${(sent / MIB / seconds).toFixed(0)} MiB/s`,
  );
  console.log(`produce, ms, p50 / p90 / p99 / p999 / max`);
  console.log(`  idle        ${line(idle)} (${idle.length})`);
  console.log(`  compacting  ${line(busy)} (${busy.length})`);
  console.log(`  p99 ratio ${(at(busy, 0.99) / at(idle, 0.99)).toFixed(2)}`);
} finally {
  await broker.stop();
  Deno.removeSync(directory, { recursive: true });
}
