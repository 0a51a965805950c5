/**
 * What happens in a simulation, event by event: a hash of all of it, by which two runs are compared, and the text of
 * the last lines for whoever wants to know why a run failed.
 */

/** One thing in a line: names and numbers. */
export type Part = string | number;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Hashes lines; keeps their text when it is asked to. */
export class Transcript {
  readonly #keep: number;
  readonly #lines: string[] = [];
  #next = 0;
  #low = 0x811c9dc5 | 0;
  #high = 0x2545f491 | 0;
  /** How many lines there were. */
  count = 0;

  /** `keep` is how many of the last lines stay readable; 0 makes no text at all. */
  constructor(keep = 0) {
    this.#keep = keep;
  }

  get keepsText(): boolean {
    return this.#keep > 0;
  }

  /** Notes that something happened at `atUs` microseconds of virtual time. */
  add(atUs: number, ...parts: Part[]): void {
    this.count++;
    this.#mixNumber(atUs);
    for (const part of parts) {
      if (typeof part === "number") this.#mixNumber(part);
      else this.#mixText(part);
    }
    if (this.#keep > 0) this.remark(atUs, ...parts);
  }

  /** Adds a line for readers only, which the hash does not cover. */
  remark(atUs: number, ...parts: Part[]): void {
    if (this.#keep > 0) this.#keepLine(`${(atUs / 1e6).toFixed(6).padStart(11)} ${parts.join(" ")}`);
  }

  /** Adds more to the last line, for readers only. */
  detail(text: string): void {
    if (this.#keep > 0) this.#keepLine(`${" ".repeat(11)}   ${text}`);
  }

  #keepLine(line: string): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % this.#keep;
  }

  /** The hash of everything so far, 16 hexadecimal digits. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  /** The last lines, oldest first. */
  lines(): string[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
  }

  #mix(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#high = Math.imul(this.#high ^ word ^ (this.#low >>> 15), 0x85ebca6b);
  }

  #mixNumber(value: number): void {
    if ((value | 0) === value) return this.#mix(value);
    float[0] = value;
    this.#mix(words[0]!);
    this.#mix(words[1]!);
  }

  #mixText(text: string): void {
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
    this.#mix(0x1f);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
