/** Reads topics and prints their records. */

import type { Cluster } from "../../client/cluster.ts";
import { Fetcher } from "../../client/consumer/fetcher.ts";
import type { FetchedRecords } from "../../client/consumer/fetched.ts";
import { type StartingPoint, startingPoints } from "../../client/consumer/positions.ts";
import { ByteWriter } from "../../core/bytes.ts";
import { withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { CommandError } from "../exit.ts";
import { type Interrupts, listenForInterrupts } from "../interrupt.ts";
import { chosenPartitions } from "../partitions.ts";
import { absolutePosition } from "../position.ts";
import type { ConsumeOptions } from "./command.ts";
import { type RecordPrinter, recordPrinter } from "./format.ts";

const OUTPUT_BYTES = 256 * 1024;

export async function runConsume(options: ConsumeOptions, context: CliContext): Promise<number> {
  const print = recordPrinter(options);
  const interrupts = listenForInterrupts(context);
  try {
    return await withCluster(options, context, async (cluster) => {
      const points = await interrupts.orAsked(whereToBegin(cluster, options, context));
      if (points === undefined) return ExitCode.INTERRUPTED;
      const reader = new Reader(cluster, options, context, print);
      return await reader.run(points, interrupts);
    });
  } finally {
    interrupts.release();
  }
}

async function whereToBegin(
  cluster: Cluster,
  options: ConsumeOptions,
  { platform }: CliContext,
): Promise<StartingPoint[]> {
  const places = await chosenPartitions(cluster, options.topics, options.partitions);
  const from = absolutePosition(
    options.from ?? { at: options.exit ? "start" : "end" },
    platform.clock.wallMs(),
  );
  const points = await startingPoints(cluster, places, from);
  for (const { topic, partition, offset, startOffset, endOffset } of points) {
    if (offset <= endOffset) continue;
    throw new CommandError(
      `--from ${offset}: ${topic}-${partition} has no such offset; it holds ${startOffset} to ${endOffset}`,
    );
  }
  return points.map((one) => ({ ...one, offset: Math.max(one.offset, one.startOffset) }));
}

class Reader {
  readonly #fetcher: Fetcher;
  readonly #options: ConsumeOptions;
  readonly #context: CliContext;
  readonly #print: RecordPrinter;
  readonly #output = new ByteWriter(OUTPUT_BYTES);
  /** Where reading ends, for the partitions that have not come there. */
  readonly #ends = new Map<string, number>();
  #count = 0;

  constructor(cluster: Cluster, options: ConsumeOptions, context: CliContext, print: RecordPrinter) {
    this.#options = options;
    this.#context = context;
    this.#print = print;
    this.#fetcher = new Fetcher(cluster, {
      onReset: ({ topic, partition }, from, to) => {
        const line = `${topic}-${partition}: offset ${from} is not there any more; going on at ${to}\n`;
        say(context, line).catch(() => {});
      },
    });
  }

  async run(points: readonly StartingPoint[], interrupts: Interrupts): Promise<number> {
    try {
      this.#begin(points);
      while (!this.#isDone) {
        const fetched = await interrupts.orAsked(this.#fetcher.next());
        if (fetched === undefined || fetched === null) return ExitCode.INTERRUPTED;
        this.#take(fetched);
        await this.#flush();
      }
      return ExitCode.DONE;
    } finally {
      this.#fetcher.close();
    }
  }

  get #isDone(): boolean {
    const { count, exit } = this.#options;
    return (exit && this.#ends.size === 0) || (count !== undefined && this.#count >= count);
  }

  #begin(points: readonly StartingPoint[]): void {
    for (const point of points) {
      const isEmpty = point.offset >= point.endOffset;
      if (this.#options.exit && isEmpty) continue;
      this.#ends.set(`${point.topic}-${point.partition}`, point.endOffset);
      this.#fetcher.add(point, point.offset);
    }
  }

  #take(fetched: FetchedRecords): void {
    const { count = Infinity, exit } = this.#options;
    const key = `${fetched.topic}-${fetched.partition}`;
    const end = exit ? this.#ends.get(key) ?? 0 : Infinity;
    fetched.forEach((record) => {
      if (this.#count >= count || record.offset >= end) return false;
      this.#count++;
      this.#print(this.#output, record, fetched);
      return true;
    });
    if (fetched.nextOffset < end) return;
    this.#ends.delete(key);
    this.#fetcher.remove(fetched);
  }

  async #flush(): Promise<void> {
    if (this.#output.position === 0) return;
    await this.#context.process.stdout.write(this.#output.written);
    this.#output.reset();
  }
}
