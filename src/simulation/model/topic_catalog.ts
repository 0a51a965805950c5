/** What clients know of the topics there are. */

import type { Findings } from "../findings.ts";

type Existence = "creating" | "present" | "deleting" | "absent";

/** A topic and what became of it. Its name may have been that of others, which are known to be gone. */
export interface KnownTopic {
  readonly name: string;
  /** The ids of those. */
  readonly formerIds: ReadonlySet<string>;
  /** As many as it is known to have. */
  partitions: number;
  /** As many as it may have: an answer to a request for more was lost. */
  maxPartitions: number;
  readonly replicationFactor: number;
  /** What it acknowledges is there for good. */
  readonly isDurable: boolean;
  /** Whether the broker may remove old records by itself. */
  readonly expires: boolean;
  /** Whether records go that later ones with the same key have replaced. */
  readonly compacts: boolean;
  /** Whether compaction removes tombstones while the run lasts. */
  readonly dropsTombstones: boolean;
  existence: Existence;
  /** Its id, once anybody was told; "" before. */
  id: string;
  /** Since when it is known to be present or absent, in virtual microseconds. */
  sinceUs: number;
  /** Since when it has so many partitions. */
  grownUs: number;
  /** Configs that were acknowledged, and values that may be in force because an answer was lost. */
  readonly configs: Map<string, KnownConfig>;
}

export interface KnownConfig {
  acked: string | null;
  ackedUs: number;
  readonly tried: Set<string>;
}

/** A broker may answer from metadata that is this much behind its controller. */
const STALENESS_US = 1_000_000;

/** What a Metadata response says of a topic. */
export interface ToldTopic {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
}

export class TopicCatalog {
  readonly #findings: Findings;
  readonly #nowUs: () => number;
  readonly #topics = new Map<string, KnownTopic>();
  /** How many partitions somebody has asked for without an answer, by the topic's name. */
  readonly #growing = new Map<string, number[]>();
  /** Since when every node hears of everything; those that are cut off tell what they knew before. */
  inTouchUs = 0;
  /** Whether a deleted topic may be created again although nobody has asked for that. */
  mayComeBack = false;

  constructor(findings: Findings, nowUs: () => number) {
    this.#findings = findings;
    this.#nowUs = nowUs;
  }

  /** Whether whoever was asked at `askedUs` need not have heard of what is true since `sinceUs`. */
  #mayBeNews(sinceUs: number, askedUs: number): boolean {
    return Math.max(sinceUs + STALENESS_US, this.inTouchUs) > askedUs;
  }

  /** The topics that are known to exist. */
  present(): KnownTopic[] {
    return [...this.#topics.values()].filter(({ existence }) => existence === "present");
  }

  /** The topics that are known to be gone, and whose names nobody has used since. */
  absent(): KnownTopic[] {
    return [...this.#topics.values()].filter(({ existence }) => existence === "absent");
  }

  /** The last topic of that name. */
  find(name: string): KnownTopic | undefined {
    return this.#topics.get(name);
  }

  /** Whether the log of a topic may lack records that were replaced by later ones. */
  mayCompact(name: string): boolean {
    return name === "__consumer_offsets" || this.#topics.get(name)?.compacts === true;
  }

  /** What the log of a topic promises; nothing when nobody knows whether it is still there. */
  promiseOf(name: string, id: string): Pick<KnownTopic, "isDurable" | "expires" | "compacts"> {
    const topic = this.#topics.get(name);
    if (topic === undefined || topic.id !== id) return { isDurable: false, expires: false, compacts: true };
    return topic;
  }

  onCreating(
    name: string,
    options: Pick<
      KnownTopic,
      "partitions" | "replicationFactor" | "isDurable" | "expires" | "compacts" | "dropsTombstones"
    >,
  ): KnownTopic {
    const former = this.#topics.get(name);
    const formerIds = new Set(former === undefined ? [] : [...former.formerIds, former.id]);
    const topic: KnownTopic = {
      name,
      formerIds,
      ...options,
      // A broker asks the controller again when that has not answered, and says only the name (CreatePartitions):
      // what was meant for a former topic may come to this one.
      maxPartitions: Math.max(options.partitions, ...this.#growing.get(name) ?? []),
      existence: "creating",
      id: "",
      sinceUs: this.#nowUs(),
      grownUs: this.#nowUs(),
      configs: new Map(),
    };
    this.#topics.set(name, topic);
    return topic;
  }

  onCreated(topic: KnownTopic, id: string): void {
    this.#sameId(topic, id);
    topic.id = id;
    if (topic.existence !== "creating") return;
    topic.existence = "present";
    topic.sinceUs = this.#nowUs();
  }

  /** A topic is asked to have so many partitions. */
  onGrowing(topic: KnownTopic, partitions: number): void {
    topic.maxPartitions = Math.max(topic.maxPartitions, partitions);
    const growing = this.#growing.get(topic.name) ?? [];
    growing.push(partitions);
    this.#growing.set(topic.name, growing);
  }

  /** The answer to that; whether it has so many now. */
  onGrowthAnswered(topic: KnownTopic, partitions: number, hasGrown: boolean): void {
    const growing = this.#growing.get(topic.name) ?? [];
    growing.splice(growing.indexOf(partitions), 1);
    if (!hasGrown || partitions <= topic.partitions) return;
    topic.partitions = partitions;
    topic.grownUs = this.#nowUs();
  }

  onDeleting(topic: KnownTopic): void {
    topic.existence = "deleting";
  }

  onDeleted(topic: KnownTopic): void {
    topic.existence = "absent";
    topic.sinceUs = this.#nowUs();
  }

  /** A client was told which topics there are; it asked at `askedUs`. */
  onTold(told: readonly ToldTopic[], askedUs: number): void {
    const names = new Set(told.map(({ name }) => name));
    for (const topic of this.#topics.values()) {
      if (this.#mayBeNews(topic.sinceUs, askedUs)) continue;
      const { existence, name } = topic;
      this.#findings.require(
        existence !== "present" || names.has(name),
        "a topic that was created is there",
        () => `${name} (${topic.id}) is missing`,
      );
      this.#findings.require(
        existence !== "absent" || !names.has(name) || this.mayComeBack,
        "a topic that was deleted is gone",
        () => `${name} (${topic.id}) is there`,
      );
    }
    for (const each of told) this.#onOneTold(each, askedUs);
  }

  #onOneTold({ name, id, partitions }: ToldTopic, askedUs: number): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) {
      return this.#findings.require(
        name.startsWith("__"),
        "nobody else creates topics",
        () => `${name} (${id}) is there`,
      );
    }
    if (topic.formerIds.has(id)) {
      return this.#findings.require(
        this.#mayBeNews(topic.sinceUs, askedUs),
        "a topic that was deleted is gone",
        () => `${name} is ${id} again`,
      );
    }
    // A request to create it that was sent twice may have arrived once more.
    if (this.mayComeBack && topic.existence !== "present" && topic.id !== "" && topic.id !== id) return;
    this.#sameId(topic, id);
    const isStale = this.#mayBeNews(topic.grownUs, askedUs);
    this.#findings.require(
      partitions <= topic.maxPartitions && (partitions >= topic.partitions || isStale),
      "a topic has the partitions it was created with",
      () =>
        `${name} has ${partitions} partitions, created were ${topic.partitions} to ${topic.maxPartitions}`,
    );
    topic.partitions = Math.max(topic.partitions, partitions);
    this.onCreated(topic, id);
  }

  #sameId(topic: KnownTopic, id: string): void {
    this.#findings.require(
      topic.id === "" || topic.id === id,
      "a topic keeps its id",
      () => `${topic.name} was ${topic.id} and is ${id}`,
    );
  }

  /** A client was told the value of a config that it, and nobody else, sets. */
  onConfigTold(topic: KnownTopic, config: string, value: string, askedUs: number): void {
    const known = topic.configs.get(config);
    if (known === undefined || known.acked === null || this.#mayBeNews(known.ackedUs, askedUs)) return;
    this.#findings.require(
      value === known.acked || known.tried.has(value),
      "a config that was set is in force",
      () =>
        `${topic.name}: ${config} is ${value}, set was ${known.acked}, perhaps ${
          [...known.tried].join(" or ")
        }`,
    );
  }
}
