/** Follows a topic: the newest records as they come, first the newest. */

import { path } from "../api.ts";
import { matcher, type ScanWish, type StoredRecord } from "./scan.ts";

/** Records that are kept; older ones make room. */
const MAX_KEPT = 200;
/** How often the page is told of new ones, in milliseconds: a busy topic has more than anybody can see. */
const TELL_MS = 250;

export interface TailOptions extends Pick<ScanWish, "partitions" | "key" | "value"> {
  readonly topic: string;
  /** Is told that something came. */
  onRecords(): void;
  /** Is told why it ended, when nobody ended it. */
  onProblem(words: string): void;
}

export class RecordTail {
  readonly found: StoredRecord[] = [];
  /** How many records came in all. */
  lookedAt = 0;
  readonly #source: EventSource;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ topic, partitions, onRecords, onProblem, ...wish }: TailOptions) {
    const isWanted = matcher(wish);
    const query = new URLSearchParams({ from: "latest", partition: partitions.join(",") });
    const source = this.#source = new EventSource(`${path("topics", topic)}/stream?${query}`);
    source.addEventListener("record", (event) => {
      const record = JSON.parse((event as MessageEvent<string>).data) as StoredRecord;
      this.lookedAt++;
      if (isWanted(record)) this.found.unshift(record);
      if (this.found.length > MAX_KEPT) this.found.pop();
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        onRecords();
      }, TELL_MS);
    });
    source.addEventListener("problem", (event) => {
      const { detail } = JSON.parse((event as MessageEvent<string>).data) as { detail?: string };
      this.close();
      onProblem(detail ?? "The stream ended.");
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) {
        onProblem("The broker does not let this topic be followed now.");
      }
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source.close();
  }
}
