/** Splits a stream of bytes into lines, without a copy of each. */

/** Where bytes come from: standard input or a file. */
export interface ByteSource {
  /** Reads at least one byte into `target`; returns how many, or 0 at the end. */
  read(target: Uint8Array): Promise<number>;
}

const INITIAL_BYTES = 256 * 1024;
const NEWLINE = 10;
const RETURN = 13;

/** A line that is longer than allowed; it was skipped. */
export const TOO_LONG = Symbol("a line that is too long");

export class LineReader {
  readonly #source: ByteSource;
  readonly #maxLineBytes: number;
  #buffer = new Uint8Array(INITIAL_BYTES);
  /** What of the buffer holds input, so that a search does not find what was there before. */
  #filled = this.#buffer.subarray(0, 0);
  #from = 0;
  #to = 0;
  /** Up to here there is no line break behind {@link #from}. */
  #searched = 0;
  #atEnd = false;
  #skipping = false;

  constructor(source: ByteSource, maxLineBytes: number) {
    this.#source = source;
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * The next line that is in memory, without its break (\n or \r\n): a view that {@link fill} overwrites. Undefined
   * when more must be read first; {@link TOO_LONG} for a line that was skipped.
   */
  next(): Uint8Array | typeof TOO_LONG | undefined {
    const buffer = this.#buffer;
    const at = this.#filled.indexOf(NEWLINE, this.#searched);
    if (at < 0) {
      this.#searched = this.#to;
      return this.#atEnd ? this.#last() : undefined;
    }
    const from = this.#from;
    this.#from = this.#searched = at + 1;
    if (this.#skipping || at - from > this.#maxLineBytes) {
      this.#skipping = false;
      return TOO_LONG;
    }
    return buffer.subarray(from, at > from && buffer[at - 1] === RETURN ? at - 1 : at);
  }

  /** The end of the input, when it does not end with a line break. */
  #last(): Uint8Array | typeof TOO_LONG | undefined {
    if (this.#skipping) {
      this.#skipping = false;
      return TOO_LONG;
    }
    if (this.#from === this.#to) return undefined;
    const line = this.#buffer.subarray(this.#from, this.#to);
    this.#from = this.#to;
    return line;
  }

  /** Reads more; false when there is no more. */
  async fill(): Promise<boolean> {
    if (this.#atEnd) return false;
    this.#makeRoom();
    const count = await this.#source.read(this.#buffer.subarray(this.#to));
    this.#to += count;
    this.#filled = this.#buffer.subarray(0, this.#to);
    if (count > 0) return true;
    this.#atEnd = true;
    return this.#from < this.#to || this.#skipping;
  }

  #makeRoom(): void {
    const held = this.#to - this.#from;
    if (held > this.#maxLineBytes) {
      // The line is too long whatever comes: what is there of it goes, and so does the rest.
      this.#skipping = true;
      this.#from = this.#to = 0;
    } else if (held * 2 > this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer.subarray(this.#from, this.#to));
      this.#buffer = larger;
      this.#from = 0;
      this.#to = held;
    } else {
      this.#buffer.copyWithin(0, this.#from, this.#to);
      this.#from = 0;
      this.#to = held;
    }
    this.#searched = this.#to;
  }
}
