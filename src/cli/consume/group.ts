/** Reads topics as a member of a group and prints the records: what was printed is committed. */

import type { Cluster } from "../../client/cluster.ts";
import type { FetchedRecords } from "../../client/consumer/fetched.ts";
import { GroupConsumer } from "../../client/group/group_consumer.ts";
import type { TopicPartitions } from "../../client/group/consumer_protocol.ts";
import { countPartitions, flatten, keyOf } from "../../client/group/topic_partitions.ts";
import { findOffsets, LATEST } from "../../client/offsets.ts";
import { ByteWriter } from "../../core/bytes.ts";
import { UsageError } from "../../core/errors.ts";
import { withCluster } from "../connect.ts";
import { type CliContext, ExitCode, say } from "../context.ts";
import { shortPartitions } from "../group/names.ts";
import { type Interrupts, listenForInterrupts } from "../interrupt.ts";
import { absolutePosition } from "../position.ts";
import type { ConsumeOptions } from "./command.ts";
import { type RecordPrinter, recordPrinter } from "./format.ts";

const OUTPUT_BYTES = 256 * 1024;
const MAX_HEARTBEAT_INTERVAL_MS = 3_000;

export async function runGroupConsume(
  options: ConsumeOptions,
  groupId: string,
  context: CliContext,
): Promise<number> {
  if (options.partitions.length > 0) {
    throw new UsageError(
      "--partition and --group: wanted only one of them; a group gives out the partitions",
    );
  }
  const print = recordPrinter(options);
  const interrupts = listenForInterrupts(context);
  try {
    return await withCluster(options, context, async (cluster) => {
      // A topic that is not there is a mistake now, though a group could wait for it.
      const topics = [...new Set(options.topics)];
      for (const topic of topics) await interrupts.orAsked(cluster.topic(topic));
      if (interrupts.asked) return ExitCode.INTERRUPTED;
      const reader = new GroupReader(cluster, { options, groupId, topics }, context, print);
      return await reader.run(interrupts);
    });
  } finally {
    interrupts.release();
  }
}

class GroupReader {
  readonly #cluster: Cluster;
  readonly #consumer: GroupConsumer;
  readonly #options: ConsumeOptions;
  readonly #context: CliContext;
  readonly #print: RecordPrinter;
  readonly #output = new ByteWriter(OUTPUT_BYTES);
  /** Where reading ends with --exit, for the partitions of this member that have not come there. */
  readonly #ends = new Map<string, number>();
  #hasAny = false;
  #count = 0;

  constructor(
    cluster: Cluster,
    what: { readonly options: ConsumeOptions; readonly groupId: string; readonly topics: readonly string[] },
    context: CliContext,
    print: RecordPrinter,
  ) {
    const { options } = what;
    this.#cluster = cluster;
    this.#options = options;
    this.#context = context;
    this.#print = print;
    const nowMs = context.platform.clock.wallMs();
    this.#consumer = new GroupConsumer(cluster, {
      groupId: what.groupId,
      topics: what.topics,
      assignors: [options.assignor],
      sessionTimeoutMs: options.sessionTimeoutMs,
      heartbeatIntervalMs: Math.min(MAX_HEARTBEAT_INTERVAL_MS, options.sessionTimeoutMs / 3),
      startAt: absolutePosition(options.from ?? { at: options.exit ? "start" : "end" }, nowMs),
      listener: {
        onAssigned: (partitions) => this.#onAssigned(partitions),
        onRevoked: (partitions) => this.#onGone("gave up", partitions),
        onLost: (partitions) => this.#onGone("lost", partitions),
      },
    });
  }

  async run(interrupts: Interrupts): Promise<number> {
    try {
      while (!this.#isDone) {
        const fetched = await interrupts.orAsked(this.#consumer.next());
        if (fetched === undefined) return ExitCode.INTERRUPTED;
        if (fetched === null) break;
        const upTo = this.#take(fetched);
        await this.#flush();
        this.#consumer.processed(fetched, upTo);
      }
      return ExitCode.DONE;
    } finally {
      await this.#consumer.close();
    }
  }

  get #isDone(): boolean {
    const { count, exit } = this.#options;
    // Without any partition yet, others may still have to give some up.
    return (exit && this.#hasAny && this.#ends.size === 0) || (count !== undefined && this.#count >= count);
  }

  /** Prints records and returns the offset up to which they were printed. */
  #take(fetched: FetchedRecords): number {
    const { count = Infinity } = this.#options;
    let upTo = fetched.nextOffset;
    fetched.forEach((record) => {
      if (this.#count >= count) {
        upTo = record.offset;
        return false;
      }
      this.#count++;
      this.#print(this.#output, record, fetched);
      return true;
    });
    if (upTo >= (this.#ends.get(keyOf(fetched)) ?? Infinity)) this.#ends.delete(keyOf(fetched));
    return upTo;
  }

  async #flush(): Promise<void> {
    if (this.#output.position === 0) return;
    await this.#context.process.stdout.write(this.#output.written);
    this.#output.reset();
  }

  async #onAssigned(partitions: TopicPartitions): Promise<void> {
    if (countPartitions(partitions) === 0) return;
    this.#hasAny = true;
    this.#tell("reads", partitions);
    if (!this.#options.exit) return;
    const places = flatten(partitions);
    const ends = await findOffsets(this.#cluster, places.map((place) => ({ ...place, timestamp: LATEST })));
    for (const [index, place] of places.entries()) {
      const end = ends[index]!.offset;
      if ((this.#consumer.position(place) ?? 0) < end) this.#ends.set(keyOf(place), end);
    }
    // Nothing may ever come that would end the wait for records.
    if (this.#isDone) void this.#consumer.close();
  }

  #onGone(what: string, partitions: TopicPartitions): void {
    this.#tell(what, partitions);
    for (const place of flatten(partitions)) this.#ends.delete(keyOf(place));
  }

  #tell(what: string, partitions: TopicPartitions): void {
    if (!this.#context.process.stderr.isTerminal || this.#context.process.stdout.isTerminal) return;
    say(this.#context, `${what} ${shortPartitions(partitions)}\n`).catch(() => {});
  }
}
