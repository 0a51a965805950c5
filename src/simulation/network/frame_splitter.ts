/** Finds the frames, each behind its length, in what is written to a connection. */

const LENGTH_BYTES = 4;

export class FrameSplitter {
  readonly #onFrame: (frame: Uint8Array) => void;
  #rest: Uint8Array = new Uint8Array(0);
  /** How much of a frame that nobody wants is still to come. */
  #skipBytes = 0;

  constructor(onFrame: (frame: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  add(bytes: Uint8Array): void {
    this.#take(bytes, true);
  }

  /** The same, but the frames that begin in `bytes` are of no interest. */
  skip(bytes: Uint8Array): void {
    this.#take(bytes, false);
  }

  #take(bytes: Uint8Array, isWanted: boolean): void {
    const skipped = Math.min(this.#skipBytes, bytes.length);
    this.#skipBytes -= skipped;
    let left = bytes.subarray(skipped);
    if (this.#rest.length > 0) {
      const both = new Uint8Array(this.#rest.length + left.length);
      both.set(this.#rest);
      both.set(left, this.#rest.length);
      left = both;
    }
    while (left.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + new DataView(left.buffer, left.byteOffset).getInt32(0);
      if (!isWanted) {
        this.#skipBytes = Math.max(0, end - left.length);
      } else if (left.length < end) break;
      else this.#onFrame(left.subarray(LENGTH_BYTES, end));
      left = left.subarray(Math.min(end, left.length));
    }
    this.#rest = left.slice();
  }
}
