/**
 * Goes through the records of some partitions a page at a time, and keeps those that match. Newest first, a partition
 * is read in pages from its end; otherwise from where one asked to begin.
 */

/** A record as the REST interface shows it. */
export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key?: string | null;
  readonly keyBase64?: string;
  readonly value?: string | null;
  readonly valueBase64?: string;
  readonly headers: readonly {
    readonly key: string;
    readonly value?: string | null;
    readonly valueBase64?: string;
  }[];
}

/** An answer to one page. */
export interface RecordPage {
  readonly records: readonly StoredRecord[];
  readonly nextOffset: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

/** Reads up to `limit` records of a partition from a position on, such as `120`, `earliest` or `@1700000000000`. */
export type ReadPage = (partition: number, position: string, limit: number) => Promise<RecordPage>;

export interface ScanWish {
  readonly partitions: readonly number[];
  /** `newest`, or a position to go forward from. */
  readonly from: string;
  /** What key and value must contain, whatever the case; empty for anything. */
  readonly key: string;
  readonly value: string;
  /** Records to find before the scan pauses. */
  readonly wanted: number;
}

interface Cursor {
  readonly partition: number;
  /** What is left to read: from `low` to before `high`; null before the first page. */
  range: { low: number; high: number } | null;
  isDone: boolean;
}

/** Records of a page, when all must be looked at. */
const SEARCH_PAGE = 500;
/** Records to look at before the scan pauses, so that a big topic is not read by accident. */
const MAX_LOOKED_AT = 20_000;

export class RecordScan {
  readonly found: StoredRecord[] = [];
  /** How many records were looked at in all. */
  lookedAt = 0;
  readonly #wish: ScanWish;
  readonly #read: ReadPage;
  readonly #cursors: Cursor[];

  constructor(wish: ScanWish, read: ReadPage) {
    this.#wish = wish;
    this.#read = read;
    this.#cursors = wish.partitions.map((partition) => ({ partition, range: null, isDone: false }));
  }

  /** Whether everything has been looked at. */
  get isDone(): boolean {
    return this.#cursors.every(({ isDone }) => isDone);
  }

  /** Goes on until enough is found, enough was looked at, nothing is left or `signal` says stop. */
  async run(signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { wanted } = this.#wish;
    const lookedAt = this.lookedAt;
    const before = this.found.length;
    while (!this.isDone && !signal.aborted) {
      await Promise.all(this.#cursors.filter(({ isDone }) => !isDone).map((cursor) => this.#step(cursor)));
      this.#sort();
      onProgress();
      if (this.found.length - before >= wanted || this.lookedAt - lookedAt >= MAX_LOOKED_AT) return;
    }
  }

  get #isNewestFirst(): boolean {
    return this.#wish.from === "newest";
  }

  get #pageSize(): number {
    const { key, value, wanted, partitions } = this.#wish;
    return key === "" && value === "" ? Math.max(1, Math.ceil(wanted / partitions.length)) : SEARCH_PAGE;
  }

  async #step(cursor: Cursor): Promise<void> {
    const size = this.#pageSize;
    if (this.#isNewestFirst) await this.#stepBack(cursor, size);
    else await this.#stepForward(cursor, size);
  }

  async #stepForward(cursor: Cursor, size: number): Promise<void> {
    const position = cursor.range === null ? this.#wish.from : String(cursor.range.low);
    const page = await this.#read(cursor.partition, position, size);
    this.#take(page.records);
    cursor.range = { low: page.nextOffset, high: page.endOffset };
    cursor.isDone = page.nextOffset >= page.endOffset || page.records.length === 0;
  }

  /** A page that ends where the last one began. Where offsets are missing it takes several answers. */
  async #stepBack(cursor: Cursor, size: number): Promise<void> {
    if (cursor.range === null) {
      const page = await this.#read(cursor.partition, "latest", 1);
      cursor.range = { low: page.startOffset, high: page.endOffset };
    }
    const { low, high } = cursor.range;
    const begin = Math.max(low, high - size);
    let next = begin;
    while (next < high) {
      const page = await this.#read(cursor.partition, String(next), high - next);
      this.#take(page.records.filter(({ offset }) => offset < high));
      if (page.nextOffset <= next) break;
      next = page.nextOffset;
    }
    cursor.range = { low, high: begin };
    cursor.isDone = begin <= low;
  }

  #take(records: readonly StoredRecord[]): void {
    this.lookedAt += records.length;
    this.found.push(...records.filter(matcher(this.#wish)));
  }

  #sort(): void {
    const sign = this.#isNewestFirst ? -1 : 1;
    this.found.sort((a, b) =>
      sign * (a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset)
    );
  }
}

/** Whether a record contains what is looked for, whatever the case. */
export function matcher({ key, value }: Pick<ScanWish, "key" | "value">): (record: StoredRecord) => boolean {
  const [inKey, inValue] = [key.toLowerCase(), value.toLowerCase()];
  return (record) => contains(record.key, inKey) && contains(record.value, inValue);
}

function contains(text: string | null | undefined, part: string): boolean {
  return part === "" || (typeof text === "string" && text.toLowerCase().includes(part));
}
