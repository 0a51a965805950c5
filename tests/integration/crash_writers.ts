/** Producers that remember what was acknowledged to them, for tests that kill the broker. */

import assert from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import { initProducerId } from "../../src/protocol/messages/22_init_producer_id.ts";
import { batch } from "../harness/batches.ts";
import { type Place, readAll, tryProduce } from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";

/** Requests that await their answers, as many as Kafka's producers allow. */
const MAX_IN_FLIGHT = 5;

interface SentBatch {
  readonly values: readonly string[];
  readonly bytes: Uint8Array;
}

interface AckedBatch {
  readonly baseOffset: number;
  readonly values: readonly string[];
}

/** A producer that is cut off and goes on. */
export abstract class Writer {
  readonly place: Place;
  readonly acked: AckedBatch[] = [];
  /** Sent, not acknowledged, oldest first. */
  protected unacked: SentBatch[] = [];
  readonly #random: Prng;
  #nextValue = 0;
  #verifiedTo = 0;

  constructor(place: Place, random: Prng) {
    this.place = place;
    this.#random = random;
  }

  get acknowledged(): number {
    return this.acked.length;
  }

  /** Produces as fast as it can until the connection breaks. */
  async writeUntilCut(client: WireClient): Promise<void> {
    let isCut = false;
    const sends: Promise<void>[] = [];
    while (!isCut) {
      const sent = this.nextBatch();
      this.unacked.push(sent);
      sends.push(this.#send(client, sent).catch(() => void (isCut = true)));
      if (sends.length >= MAX_IN_FLIGHT) await sends.shift();
    }
    await Promise.all(sends);
    if (this.#refused !== null) throw this.#refused;
  }

  #refused: Error | null = null;

  async #send(client: WireClient, sent: SentBatch): Promise<void> {
    const answer = await tryProduce(client, this.place, sent.bytes, { acks: this.acks });
    if (answer.errorCode !== 0) {
      this.#refused = new Error(`produce was refused: ${answer.errorCode} ${answer.errorMessage}`);
      throw this.#refused;
    }
    // Answers come in the order of the requests.
    assert.equal(this.unacked.shift(), sent);
    this.acked.push({ baseOffset: answer.baseOffset, values: sent.values });
  }

  /** After a restart: ends what was under way and verifies what has been added since the last time. */
  async finishAndVerify(client: WireClient): Promise<void> {
    await this.finish(client, (sent) => this.#send(client, sent));
    this.#verifiedTo = await this.verifyFrom(client, this.#verifiedTo);
  }

  /** Verifies the log from `offset` on and returns its end. */
  async verifyFrom(client: WireClient, offset: number): Promise<number> {
    const records = await readAll(client, this.place, offset);
    const values = records.map((one) => new TextDecoder().decode(one.value!).split(" ")[0]!);
    const where = `${this.place.topic}-${this.place.partition}`;
    records.forEach((one, index) => assert.equal(one.offset, offset + index, `${where}: no gap, in order`));
    for (const { baseOffset, values: expected } of this.acked) {
      if (baseOffset < offset) continue;
      const found = values.slice(baseOffset - offset, baseOffset - offset + expected.length);
      assert.deepEqual(found, expected, `${where}: acknowledged at ${baseOffset}`);
    }
    assert.equal(new Set(values).size, values.length, `${where}: nothing is there twice`);
    this.verifyValues(values, where);
    return offset + values.length;
  }

  protected abstract readonly acks: number;
  protected abstract finish(client: WireClient, send: (sent: SentBatch) => Promise<void>): Promise<void>;
  protected abstract verifyValues(values: readonly string[], where: string): void;
  protected abstract encode(records: readonly string[]): Uint8Array;

  protected nextBatch(): SentBatch {
    const count = 1 + this.#random.below(20);
    const values = Array.from({ length: count }, () => String(this.#nextValue++));
    const filler = "x".repeat(this.#random.below(2000));
    return { values, bytes: this.encode(values.map((value) => `${value} ${filler}`)) };
  }
}

/** Without idempotence: what was not acknowledged is not sent again, and may be there or not. */
export class PlainWriter extends Writer {
  protected readonly acks: number;

  constructor(place: Place, random: Prng, options: { readonly acks: number }) {
    super(place, random);
    this.acks = options.acks;
  }

  protected finish(): Promise<void> {
    this.unacked = [];
    return Promise.resolve();
  }

  protected verifyValues(values: readonly string[], where: string): void {
    const numbers = values.map(Number);
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), `${where}: in the order they were sent`);
  }

  protected encode(records: readonly string[]): Uint8Array {
    return batch(records);
  }
}

/** With idempotence: what was not acknowledged is sent again as it was, and everything is there once. */
export class IdempotentWriter extends Writer {
  protected readonly acks = -1;
  readonly #producerId: number;
  readonly #producerEpoch: number;
  #sequence = 0;

  private constructor(place: Place, random: Prng, producer: { producerId: number; producerEpoch: number }) {
    super(place, random);
    this.#producerId = producer.producerId;
    this.#producerEpoch = producer.producerEpoch;
  }

  static async open(client: WireClient, place: Place, random: Prng): Promise<IdempotentWriter> {
    const given = await client.send(initProducerId, 5, { transactionalId: null, transactionTimeoutMs: 0 });
    assert.equal(given.errorCode, 0);
    return new IdempotentWriter(place, random, given);
  }

  protected async finish(_client: WireClient, send: (sent: SentBatch) => Promise<void>): Promise<void> {
    await Promise.all([...this.unacked].map(send));
    assert.equal(this.unacked.length, 0);
  }

  protected verifyValues(values: readonly string[], where: string): void {
    const first = Number(values[0] ?? 0);
    const expected = Array.from({ length: values.length }, (_, index) => String(first + index));
    assert.deepEqual(values, expected, `${where}: everything that was sent, once`);
  }

  protected encode(records: readonly string[]): Uint8Array {
    const baseSequence = this.#sequence;
    this.#sequence += records.length;
    return batch(records, { producerId: this.#producerId, producerEpoch: this.#producerEpoch, baseSequence });
  }
}
