/** Group consumers in tests: each reads until it is closed, and remembers what it saw. */

import assert from "node:assert/strict";
import type { Cluster } from "../../../../src/client/cluster.ts";
import { GroupConsumer } from "../../../../src/client/group/group_consumer.ts";
import type { GroupConsumerOptions } from "../../../../src/client/group/options.ts";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { systemTimers } from "../../../../src/platform/adapters/system_time.ts";
import { BatchBuilder } from "../../../../src/records/batch_builder.ts";
import { endOffsetOf } from "../fake_cluster.ts";
import { shown } from "./assignors/members.ts";
import { FakeGroups } from "./fake_groups.ts";

/** Far more than anything here takes. */
const PATIENCE_MS = 10_000;

export async function until(isDone: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; !isDone(); waitedMs += 2) {
    if (waitedMs > PATIENCE_MS) assert.fail(`waited for ${what}`);
    await systemTimers.sleep(2);
  }
}

/** Appends records of one partition, a batch for each. */
export function append(groups: FakeGroups, topic: string, index: number, ...values: string[]): void {
  const partition = groups.cluster.partition(topic, index);
  for (const value of values) {
    const builder = new BatchBuilder({ baseOffset: endOffsetOf(partition) });
    builder.append({ timestamp: 1000, key: null, value: encodeUtf8(value) });
    partition.batches.push(builder.build());
  }
}

export class TestMember {
  readonly consumer: GroupConsumer;
  /** What the listener was told, as `assigned t:0,1`. */
  readonly told: string[] = [];
  /** What was read, as `t-0@5=value`. */
  readonly read: string[] = [];
  /** Why reading ended; null while it goes on, or when it was closed. */
  error: Error | null = null;
  readonly #cluster: Cluster;
  readonly #reading: Promise<void>;

  constructor(groups: FakeGroups, options: Partial<GroupConsumerOptions> = {}) {
    this.#cluster = groups.cluster.client();
    const tell = (what: string) => (partitions: Parameters<typeof shownPartitions>[0]) => {
      this.told.push(`${what} ${shownPartitions(partitions)}`.trim());
    };
    this.consumer = new GroupConsumer(this.#cluster, {
      groupId: "g",
      topics: ["t"],
      startAt: { at: "start" },
      sessionTimeoutMs: 2_000,
      heartbeatIntervalMs: 5,
      autoCommitIntervalMs: 10,
      fetcher: { maxWaitMs: 10, retryBackoffMs: 1 },
      listener: { onAssigned: tell("assigned"), onRevoked: tell("revoked"), onLost: tell("lost") },
      ...options,
    });
    this.#reading = this.#readAll();
  }

  get assigned(): string {
    return shownPartitions(this.consumer.assignment);
  }

  async #readAll(): Promise<void> {
    try {
      for (let one = await this.consumer.next(); one !== null; one = await this.consumer.next()) {
        const { topic, partition } = one;
        one.forEach(({ offset, value }) => {
          this.read.push(`${topic}-${partition}@${offset}=${new TextDecoder().decode(value!)}`);
          return true;
        });
      }
    } catch (error) {
      this.error = error as Error;
    }
  }

  /** Waits until the member has these partitions. */
  async has(assigned: string): Promise<void> {
    await until(() => this.assigned === assigned, `${assigned}, has ${this.assigned}; ${this.error}`);
  }

  async fails(): Promise<Error> {
    await until(() => this.error !== null, "an error");
    return this.error!;
  }

  async close(): Promise<void> {
    await this.consumer.close();
    await this.#reading;
    this.#cluster.close();
  }
}

function shownPartitions(partitions: GroupConsumer["assignment"]): string {
  return shown(new Map([["", partitions]]))[""]!;
}

/** Runs a test with a coordinator and a topic of four partitions, and closes what it opened. */
export function groupTest(
  name: string,
  run: (
    groups: FakeGroups,
    start: (options?: Partial<GroupConsumerOptions>) => TestMember,
  ) => Promise<void>,
): void {
  Deno.test(`group consumer: ${name}`, async () => {
    const groups = new FakeGroups(2);
    groups.cluster.createTopic("t", [0, 0, 0, 0]);
    const members: TestMember[] = [];
    const start = (options?: Partial<GroupConsumerOptions>) => {
      const member = new TestMember(groups, options);
      members.push(member);
      return member;
    };
    try {
      await run(groups, start);
    } finally {
      await Promise.all(members.map((member) => member.close()));
      groups.close();
    }
  });
}
