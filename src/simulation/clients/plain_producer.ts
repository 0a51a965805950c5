/** Produces with acks 0, 1 and all, and never sends anything twice. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { produce } from "../../protocol/messages/00_produce.ts";
import type { Decoded } from "../../protocol/schema.ts";
import type { Moment, PartitionHistory } from "../model/partition_history.ts";
import { makeValue, nameOfValue } from "../model/record_values.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import { batchOfValues } from "./batches.ts";
import type { Client, ClientOptions } from "./client_context.ts";
import { Session } from "./session.ts";

/** Answers that say for certain that nothing was appended. */
const REFUSALS: ReadonlySet<number> = new Set([
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.INVALID_RECORD,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
]);

/** What was sent to one partition in a request. */
interface Sent {
  readonly partition: number;
  readonly names: readonly string[];
  readonly history: PartitionHistory;
}

type Answer = Decoded<typeof produce["response"]>["responses"][number]["partitionResponses"][number];

export class PlainProducer implements Client {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #session: Session;
  readonly #pickTopic: () => KnownTopic | undefined;
  #next = 0;
  #underWay = 0;
  /** The last round in which that went well. */
  #ackedIn = -1;

  /** `pickTopic` says where the next request goes. */
  constructor(options: ClientOptions, pickTopic: () => KnownTopic | undefined) {
    this.name = options.name;
    this.#options = options;
    this.#session = new Session(options);
    this.#pickTopic = pickTopic;
  }

  get isSettled(): boolean {
    if (this.#options.context.phase !== "healed") return this.#underWay === 0;
    return this.#ackedIn === this.#options.context.round || this.#pickTopic() === undefined;
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    while (context.phase === "faults" || context.phase === "healed") {
      const requests = 1 + prng.below(3);
      await Promise.all(Array.from({ length: requests }, () => this.#produceOnce()));
      await platform.timers.sleep(context.pace * prng.below(prng.chance(0.1) ? 1000 : 200));
    }
    this.#session.close();
  }

  async #produceOnce(): Promise<void> {
    const { context, prng } = this.#options;
    const topic = this.#pickTopic();
    if (topic === undefined) return;
    const first = prng.below(topic.partitions);
    const place = await this.#session.leader(topic, first);
    if (place === null) return;
    const wallMs = this.#options.platform.clock.wallMs();
    const sent: Sent[] = [];
    const data: { index: number; records: Uint8Array }[] = [];
    for (let partition = 0; partition < topic.partitions; partition++) {
      if (partition !== first && prng.chance(0.5)) continue;
      if (this.#session.knownLeader(topic, partition)?.nodeId !== place.nodeId) continue;
      const values = Array.from(
        { length: 1 + prng.below(5) },
        () => makeValue(this.name, this.#next++, prng),
      );
      const history = context.history(topic, partition);
      sent.push({ partition, names: values.map((value) => nameOfValue(value)), history });
      data.push({ index: partition, records: batchOfValues(values, wallMs) });
    }
    for (const { names, history } of sent) history.onSent(names, wallMs);
    const acks = prng.pick([-1, -1, -1, 1, 1, 0]);
    const since = context.now();
    const { name, id } = topic;
    this.#underWay++;
    const response = await this.#session.sendOn(place.connection, produce, {
      acks,
      timeoutMs: 3000,
      topicData: [{ name, topicId: id, partitionData: data }],
    }, { noResponse: acks === 0 });
    this.#underWay--;
    const answers = response?.responses[0]?.partitionResponses ?? [];
    // The leader alone has it; if he is lost, or another replica just takes his place, so is that.
    const isSafe = acks === -1 || context.cluster.plan.nodes.length === 1;
    for (const one of sent) {
      const answer = answers.find(({ index }) => index === one.partition);
      this.#onAnswer(one, answer, { since, isSafe });
      if (acks === 0 || answer?.errorCode === ErrorCode.NONE) continue;
      await this.#session.onLeaderTrouble(topic, one.partition);
    }
  }

  #onAnswer(
    { names, history }: Sent,
    answer: Answer | undefined,
    { since, isSafe }: { readonly since: Moment; readonly isSafe: boolean },
  ): void {
    const { context } = this.#options;
    if (answer === undefined) return history.onFate(names, "unknown");
    const { errorCode, baseOffset, errorMessage } = answer;
    context.note(this.name, "produced", history.label, errorCode, baseOffset);
    if (errorCode === ErrorCode.NONE) {
      if (isSafe) history.onAcked(names, baseOffset, since);
      else history.onFate(names, "unknown");
      context.world.onTold("produced");
      if (context.phase === "healed") this.#ackedIn = context.round;
      return;
    }
    if (errorMessage !== null) context.world.scheduler.transcript.detail(errorMessage);
    history.onFate(names, REFUSALS.has(errorCode) ? "refused" : "unknown");
  }
}
