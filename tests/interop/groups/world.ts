/**
 * A broker, a topic that is written all the time, and the members of one group that read it. It checks what a group
 * promises: every record is delivered at least once, and what is committed never moves back.
 */

import assert from "node:assert/strict";
import { Prng } from "../../../src/core/prng.ts";
import { decodeAssignment } from "../../../src/client/group/consumer_protocol.ts";
import { describeGroups } from "../../../src/protocol/messages/15_describe_groups.ts";
import { offsetFetch } from "../../../src/protocol/messages/09_offset_fetch.ts";
import { batch } from "../../harness/batches.ts";
import { bootstrapOf, type BrokerProcess, startBroker } from "../../harness/broker.ts";
import { createTopic, offsetOf, produceTo } from "../../harness/requests.ts";
import { WireClient } from "../../harness/wire.ts";
import { type Delivery, Member, type MemberProgram } from "./members/member.ts";
import type { MemberSettings } from "./members/settings.ts";

const GROUP = "mixed";
const TOPIC = "numbers";
const LATEST = -1;
const PATIENCE_MS = 60_000;

export interface WorldOptions {
  readonly partitions: number;
  readonly assignor: string;
  readonly seed: number;
}

export class World implements AsyncDisposable {
  readonly random: Prng;
  readonly broker: BrokerProcess;
  /** Those that have not been ended. */
  readonly members: Member[] = [];
  readonly #options: WorldOptions;
  readonly #gone: Member[] = [];
  /** How many records each partition holds for sure. */
  readonly #produced: number[];
  /** The highest position that was ever seen committed. */
  readonly #committed: number[];
  readonly #stepsBack: string[] = [];
  readonly #loops: Promise<void>[] = [];
  /** The partitions of each member, as the broker describes the group; none unless it is stable. */
  #assigned: readonly (readonly number[])[] = [];
  #isProducing = true;
  #isWatching = true;
  #started = 0;

  private constructor(broker: BrokerProcess, options: WorldOptions) {
    this.broker = broker;
    this.#options = options;
    this.random = new Prng(options.seed);
    this.#produced = new Array(options.partitions).fill(0);
    this.#committed = new Array(options.partitions).fill(-1);
    this.#loops.push(this.#produce(), this.#watch());
  }

  static async start(options: WorldOptions): Promise<World> {
    // Members that are killed shall be missed soon.
    const broker = await startBroker({
      configs: { "group.min.session.timeout.ms": 500, "offsets.topic.num.partitions": 4 },
    });
    using wire = await WireClient.connect(broker.address);
    await createTopic(wire, TOPIC, { partitions: options.partitions });
    return new World(broker, options);
  }

  /** Starts a member; null when its client is not installed. */
  async join(program: MemberProgram): Promise<Member | null> {
    const settings: MemberSettings = {
      bootstrap: bootstrapOf(this.broker.address),
      group: GROUP,
      topic: TOPIC,
      assignor: this.#options.assignor,
      clientId: `${program.name.replaceAll(/[^a-z]/g, "")}-${++this.#started}`,
      sessionTimeoutMs: 3_000,
      heartbeatMs: 300,
      commitMs: 200,
    };
    const words = await program.command(settings);
    if (words === null) return null;
    const member = new Member(settings, words);
    this.members.push(member);
    return member;
  }

  async kill(member: Member): Promise<void> {
    this.#takeOut(member);
    await member.kill();
  }

  async leave(member: Member): Promise<void> {
    this.#takeOut(member);
    assert.ok(await member.leave(), `${member.name} does not leave when it is asked to:\n${member.stderr}`);
  }

  #takeOut(member: Member): void {
    this.members.splice(this.members.indexOf(member), 1);
    this.#gone.push(member);
  }

  /** Waits until the members that live share all partitions, nobody having two more than another. */
  async untilShared(): Promise<void> {
    await this.until(
      () => this.#isShared(),
      () => `the partitions are not shared: ${this.describeMembers()}`,
    );
  }

  /** Kills the broker, starts it again, and forgets the members that have given up meanwhile: only kcat does. */
  async crashBroker(): Promise<void> {
    await this.broker.kill();
    await this.broker.start();
    await pause(500);
    for (const member of this.members.filter(({ hasEnded }) => hasEnded)) {
      assert.match(member.name, /^kcat/, `${member.name} has ended:\n${member.stderr}`);
      this.#takeOut(member);
    }
  }

  #isShared(): boolean {
    const all = this.#assigned.flat();
    const counts = this.#assigned.map((assigned) => assigned.length);
    const { partitions } = this.#options;
    return counts.length === this.members.length && all.length === partitions &&
      new Set(all).size === partitions && Math.max(...counts) - Math.min(...counts) <= 1;
  }

  describeMembers(): string {
    const known = this.#assigned.map((assigned) => `[${assigned}]`).join(" ");
    const living = this.members.map((one) => {
      const trouble = one.hasEnded ? ` ended: ${one.stderr.slice(-500)}` : "";
      return `${one.name} has shown ${one.deliveries.length}${trouble}`;
    });
    return `the broker has ${known}; ${living.join(", ")}`;
  }

  /** Ends production and waits until every record has been delivered at least once. */
  async untilAllDelivered(): Promise<void> {
    this.#isProducing = false;
    await this.#loops[0];
    await this.until(
      () => this.#missing().length === 0,
      () => `records were not delivered: ${this.#missing().slice(0, 10)}; ${this.describeMembers()}`,
    );
  }

  /** Records that nobody has shown, and checks those that somebody has. */
  #missing(): string[] {
    const seen = this.#produced.map(() => new Set<number>());
    for (const { partition, offset, value } of this.#deliveries()) {
      assert.equal(value, `${partition}-${offset}`, "a record that was not produced");
      seen[partition]!.add(offset);
    }
    return this.#produced.flatMap((count, partition) => {
      const offsets = Array.from({ length: count }, (_, offset) => offset);
      return offsets.filter((offset) => !seen[partition]!.has(offset)).map((offset) =>
        `${partition}-${offset}`
      );
    });
  }

  *#deliveries(): Generator<Delivery> {
    for (const member of [...this.#gone, ...this.members]) yield* member.deliveries;
  }

  /** Waits until everything is committed, and checks that no position ever moved back. */
  async untilAllCommitted(): Promise<void> {
    const isDone = () => this.#committed.every((offset, index) => offset >= this.#produced[index]!);
    await this.until(isDone, () => `committed ${this.#committed} of ${this.#produced}`);
    assert.deepEqual(this.#committed, this.#produced);
    assert.deepEqual(this.#stepsBack, []);
  }

  /** How many records were delivered, and how many of them again. */
  counts(): string {
    const delivered = [...this.#deliveries()].length;
    const produced = this.#produced.reduce((sum, count) => sum + count, 0);
    return `${produced} records, ${delivered - produced} again`;
  }

  async until(isDone: () => boolean, describe: () => string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!isDone()) {
      if (Date.now() > deadline) assert.fail(describe());
      await pause(20);
    }
  }

  /** Appends to every partition in turn; the value of a record says where it is. */
  async #produce(): Promise<void> {
    while (this.#isProducing) {
      await this.#connected(async (wire) => {
        // The answer to a record may have been lost in a crash: it is in the log, or it is not.
        for (let partition = 0; partition < this.#produced.length; partition++) {
          this.#produced[partition] = await offsetOf(wire, { topic: TOPIC, partition }, LATEST);
        }
        while (this.#isProducing) {
          for (let partition = 0; partition < this.#produced.length; partition++) {
            await this.#produceTo(wire, partition);
          }
          await pause(20);
        }
      });
    }
  }

  async #produceTo(wire: WireClient, partition: number): Promise<void> {
    const place = { topic: TOPIC, partition };
    const next = this.#produced[partition]!;
    const value = `${partition}-${next}`;
    const offset = await produceTo(wire, place, batch([value]));
    assert.equal(offset, next, "the producer is alone");
    this.#produced[partition] = next + 1;
  }

  async #watch(): Promise<void> {
    while (this.#isWatching) {
      await this.#connected(async (wire) => {
        while (this.#isWatching) {
          await this.#lookAtCommits(wire);
          await this.#lookAtMembers(wire);
          await pause(30);
        }
      });
    }
  }

  async #lookAtMembers(wire: WireClient): Promise<void> {
    const { groups } = await wire.send(describeGroups, 5, { groups: [GROUP] });
    const { groupState, members } = groups[0]!;
    const isStable = groupState === "Stable";
    this.#assigned = isStable
      ? members.map((one) => decodeAssignment(one.memberAssignment).get(TOPIC) ?? [])
      : [];
  }

  async #lookAtCommits(wire: WireClient): Promise<void> {
    const request = { groupId: GROUP, topics: null, requireStable: false };
    const { errorCode, topics = [] } = await wire.send(offsetFetch, 7, request);
    if (errorCode !== 0) return;
    for (const { partitionIndex, committedOffset } of topics[0]?.partitions ?? []) {
      const before = this.#committed[partitionIndex]!;
      if (committedOffset < before) {
        this.#stepsBack.push(`partition ${partitionIndex} from ${before} to ${committedOffset}`);
      }
      this.#committed[partitionIndex] = committedOffset;
    }
  }

  /** Works over a connection, and returns when it is lost: the broker may be down for a moment. */
  async #connected(work: (wire: WireClient) => Promise<void>): Promise<void> {
    try {
      using wire = await WireClient.connect(this.broker.address);
      await work(wire);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      await pause(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isProducing = this.#isWatching = false;
    for (const member of [...this.members]) await member.kill();
    await Promise.all(this.#loops);
    await this.broker[Symbol.asyncDispose]();
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
