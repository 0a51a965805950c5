/** What the records screen looks for, and what it has found: a scan through what is there, or a tail of what comes. */

import { signal } from "@preact/signals";
import { wordsOf } from "../api.ts";
import { readPage } from "./read_page.ts";
import { RecordScan, type StoredRecord } from "./scan.ts";
import { RecordTail } from "./tail.ts";

/** Records to find before a scan pauses. */
const WANTED = 50;

/** All partitions. */
export const ALL = "all";
/** What comes from now on. */
export const FOLLOW = "follow";

export class RecordLook {
  readonly partition = signal(ALL);
  readonly from = signal("newest");
  readonly offset = signal("0");
  readonly time = signal("");
  readonly key = signal("");
  readonly value = signal("");

  readonly isBusy = signal(false);
  readonly problem = signal<string | null>(null);
  /** Counts up whenever something was found or looked at. */
  readonly looks = signal(0);
  readonly #topic: string;
  #scan: RecordScan | null = null;
  #tail: RecordTail | null = null;
  #stop = new AbortController();

  constructor(topic: string) {
    this.#topic = topic;
  }

  get found(): readonly StoredRecord[] {
    return (this.#tail ?? this.#scan)?.found ?? [];
  }

  get lookedAt(): number {
    return (this.#tail ?? this.#scan)?.lookedAt ?? 0;
  }

  get isFollowing(): boolean {
    return this.#tail !== null;
  }

  /** Whether nothing is left to look at. */
  get isDone(): boolean {
    return this.#tail === null && this.#scan?.isDone !== false;
  }

  /** Begins anew with what the form says; `count` is how many partitions there are. */
  async begin(count: number): Promise<void> {
    this.stop();
    const { value: chosen } = this.partition;
    const partitions = chosen === ALL ? Array.from({ length: count }, (_, index) => index) : [Number(chosen)];
    const terms = { partitions, key: this.key.value, value: this.value.value };
    this.problem.value = null;
    this.#scan = null;
    this.#tail = null;
    if (this.from.value === FOLLOW) return this.#follow(terms);
    this.#scan = new RecordScan(
      { ...terms, from: this.#position, wanted: WANTED },
      (partition, position, limit) => readPage(this.#topic, partition, position, limit),
    );
    await this.goOn();
  }

  /** Looks further. */
  async goOn(): Promise<void> {
    const { signal } = this.#stop = new AbortController();
    this.isBusy.value = true;
    this.problem.value = null;
    try {
      await this.#scan?.run(signal, () => !signal.aborted && this.looks.value++);
    } catch (error) {
      if (!signal.aborted) this.problem.value = wordsOf(error);
    } finally {
      if (this.#stop.signal === signal) this.isBusy.value = false;
    }
  }

  /** Stops looking; what was found stays. */
  stop(): void {
    this.#stop.abort();
    this.#tail?.close();
    this.isBusy.value = false;
  }

  #follow(
    terms: { readonly partitions: readonly number[]; readonly key: string; readonly value: string },
  ): void {
    this.isBusy.value = true;
    this.#tail = new RecordTail({
      ...terms,
      topic: this.#topic,
      onRecords: () => this.looks.value++,
      onProblem: (words) => {
        this.problem.value = words;
        this.isBusy.value = false;
      },
    });
    this.looks.value++;
  }

  get #position(): string {
    if (this.from.value === "offset") return this.offset.value === "" ? "0" : this.offset.value;
    if (this.from.value !== "time") return this.from.value;
    const atMs = new Date(this.time.value).getTime();
    return Number.isNaN(atMs) ? "earliest" : `@${atMs}`;
  }
}
