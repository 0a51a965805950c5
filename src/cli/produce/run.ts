/** Reads lines and sends them as records. */

import { Producer } from "../../client/producer/producer.ts";
import type { Cluster } from "../../client/cluster.ts";
import type { DeliveryReport } from "../../client/producer/options.ts";
import { UsageError } from "../../core/errors.ts";
import { withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { type Interrupts, listenForInterrupts } from "../interrupt.ts";
import { humanBytes } from "../output.ts";
import { showProgress, withCommas } from "../progress.ts";
import type { ProduceOptions } from "./command.ts";
import { type ByteSource, LineReader, TOO_LONG } from "./lines.ts";
import { type RecordMaker, recordMaker } from "./records.ts";

/** Larger than the library's default: a tool in a pipe has throughput to win and nobody to be late for. */
const BATCH_BYTES = 131_072;
const MAX_RECORD_BYTES = 1_048_576;
const LINGER_MS = 5;
/** Lines that are sent before other work gets its turn. */
const LINES_PER_TURN = 5_000;
/** Failures that are told one by one. */
const MAX_TOLD = 5;

/** What has happened so far. */
class Tally {
  stored = 0;
  failed = 0;
  bytes = 0;
  /** The first reasons why records were not stored. */
  readonly reasons: string[] = [];

  onDelivery = (report: DeliveryReport): void => {
    if (report.error === null) this.stored += report.count;
    else this.onFailure(report.error.message, report.count);
  };

  onFailure(reason: string, count = 1): void {
    this.failed += count;
    if (this.reasons.length < MAX_TOLD && !this.reasons.includes(reason)) this.reasons.push(reason);
  }
}

export async function runProduce(options: ProduceOptions, context: CliContext): Promise<number> {
  checkTogether(options);
  const source = openSource(options, context);
  const tally = new Tally();
  const startMs = context.platform.clock.monotonicMs();
  const isInterrupted = await withCluster(options, context, async (cluster) => {
    const progress = showProgress(context, () => {
      const seconds = (context.platform.clock.monotonicMs() - startMs) / 1000;
      const rate = withCommas(tally.stored / seconds);
      return `${withCommas(tally.stored)} records stored, ${humanBytes(tally.bytes)} read, ${rate} records/s`;
    });
    try {
      return await sendAll(cluster, options, source, { context, tally });
    } finally {
      await progress.stop();
      source.close();
    }
  });
  for (const reason of tally.reasons) await say(context, `sluice produce: ${reason}\n`);
  if (tally.failed > 0) {
    const of = withCommas(tally.stored + tally.failed);
    await say(context, `sluice produce: ${withCommas(tally.failed)} of ${of} records were not stored\n`);
    return ExitCode.FAILED;
  }
  if (isInterrupted) return ExitCode.INTERRUPTED;
  if (context.process.stderr.isTerminal) await say(context, `${withCommas(tally.stored)} records stored\n`);
  return ExitCode.DONE;
}

function checkTogether({ format, keySeparator, nullMarker, tombstone }: ProduceOptions): void {
  if (format === "json" && (keySeparator !== undefined || nullMarker !== undefined || tombstone)) {
    throw new UsageError(
      "--key-separator, --null and --tombstone are for lines; a JSON object says all of that",
    );
  }
  if (tombstone && keySeparator !== undefined) {
    throw new UsageError("--tombstone and --key-separator: wanted only one, as each line is a key already");
  }
}

function openSource(
  { file }: ProduceOptions,
  { process, platform }: CliContext,
): ByteSource & { close(): void } {
  if (file === undefined || file === "-") {
    return { read: (target) => process.stdin.read(target), close: () => {} };
  }
  const open = platform.disk.open(file);
  let position = 0;
  return {
    async read(target) {
      const count = await open.read(target, position);
      position += count;
      return count;
    },
    close: () => open.close(),
  };
}

/** Sends every line; resolves with whether the person stopped it. */
async function sendAll(
  cluster: Cluster,
  options: ProduceOptions,
  source: ByteSource,
  { context, tally }: { readonly context: CliContext; readonly tally: Tally },
): Promise<boolean> {
  const acks = options.acks === "all" || options.acks === "-1" ? -1 : options.acks === "1" ? 1 : 0;
  const producer = new Producer(cluster, {
    acks,
    compression: options.compression,
    batchBytes: BATCH_BYTES,
    maxRequestBytes: MAX_RECORD_BYTES,
    lingerMs: LINGER_MS,
    onDelivery: tally.onDelivery,
  });
  if (options.file === undefined && context.process.stdin.isTerminal) {
    await say(context, "Type records, one a line. Ctrl-D ends.\n");
  }
  const interrupts = listenForInterrupts(context);
  try {
    // A topic that cannot be had is told before the first line is read.
    await cluster.topic(options.topic, { allowAutoCreate: true });
    const feed = new Feed(producer, options, { context, tally, interrupts });
    const lines = new LineReader(source, MAX_RECORD_BYTES);
    while (await interrupts.orAsked(lines.fill())) await feed.sendBuffered(lines);
    await producer.close();
    return interrupts.asked;
  } finally {
    producer.abort();
    interrupts.release();
  }
}

/** Sends the lines that are in memory. */
class Feed {
  readonly #producer: Producer;
  readonly #options: ProduceOptions;
  readonly #context: CliContext;
  readonly #tally: Tally;
  readonly #interrupts: Interrupts;
  readonly #make: RecordMaker;
  readonly #startMs: number;
  #line = 0;

  constructor(
    producer: Producer,
    options: ProduceOptions,
    run: { readonly context: CliContext; readonly tally: Tally; readonly interrupts: Interrupts },
  ) {
    this.#producer = producer;
    this.#options = options;
    this.#context = run.context;
    this.#tally = run.tally;
    this.#interrupts = run.interrupts;
    this.#make = recordMaker(options);
    this.#startMs = run.context.platform.clock.monotonicMs();
  }

  async sendBuffered(lines: LineReader): Promise<void> {
    const { timers } = this.#context.platform;
    const { topic, rate } = this.#options;
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      this.#line++;
      if (line === TOO_LONG) {
        this.#tally.onFailure(`line ${this.#line} is longer than ${humanBytes(MAX_RECORD_BYTES)}`);
        continue;
      }
      if (rate !== undefined) await this.#waitForTurn(rate);
      if (this.#interrupts.asked) return;
      this.#tally.bytes += line.length;
      const record = this.#recordOf(line);
      if (record === null) continue;
      const taken = this.#producer.send(topic, record);
      if (taken !== undefined) await taken;
      if (this.#line % LINES_PER_TURN === 0) await timers.yield();
    }
  }

  #recordOf(line: Uint8Array): ReturnType<RecordMaker> | null {
    try {
      return this.#make(line);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#tally.onFailure(`line ${this.#line}: ${error.message}`);
      return null;
    }
  }

  async #waitForTurn(rate: number): Promise<void> {
    const { clock, timers } = this.#context.platform;
    const waitMs = this.#startMs + ((this.#line - 1) * 1000) / rate - clock.monotonicMs();
    if (waitMs > 0) await this.#interrupts.orAsked(timers.sleep(waitMs));
  }
}
