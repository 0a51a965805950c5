/**
 * Takes the frames of a connection's responses out of its stream: few reads for small ones, and large ones straight
 * into the bytes that are handed on.
 */

import { DecodeError } from "../core/errors.ts";
import { type Connection, NetworkError } from "../platform/network.ts";

/** What is read ahead of the current frame. */
const BUFFER_BYTES = 32 * 1024;
/** Memory that a length alone may make a client allocate; more comes as its bytes arrive. */
const TRUSTED_BYTES = 4 * 1024 * 1024;
/** Frames from here on may take the place of an earlier one. */
const LARGE_FRAME_BYTES = 64 * 1024;

/** How frames are read. */
export interface FrameReaderOptions {
  /** The longest frame that is accepted. */
  readonly maxFrameBytes: number;
  /**
   * So many large frames are kept, and their memory used again and again: the bytes of a frame are then valid only
   * until as many others have come. 0, the default, gives each frame memory of its own.
   */
  readonly reusedFrames?: number;
}

export class FrameReader {
  readonly #stream: Connection;
  readonly #maxFrameBytes: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;
  /** Memory for large frames, the longest unused first. */
  readonly #reused: Uint8Array<ArrayBuffer>[];

  constructor(stream: Connection, { maxFrameBytes, reusedFrames = 0 }: FrameReaderOptions) {
    this.#stream = stream;
    this.#maxFrameBytes = maxFrameBytes;
    this.#reused = Array.from({ length: reusedFrames }, () => new Uint8Array(0));
  }

  /**
   * The content of the next frame, as bytes that are the caller's to keep unless memory is reused. Rejects with `NetworkError` when the
   * stream ends and with `DecodeError` for a length that cannot be right.
   */
  async next(): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#to - this.#from < 4) await this.#fill();
    const at = this.#from;
    const buffer = this.#buffer;
    const length = (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
    if (length < 4 || length > this.#maxFrameBytes) {
      throw new DecodeError(`read response: length ${length} is not within 4 to ${this.#maxFrameBytes}`);
    }
    this.#from += 4;
    return await this.#take(length);
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const buffered = Math.min(length, this.#to - this.#from);
    let frame = this.#memory(Math.min(length, Math.max(TRUSTED_BYTES, buffered)));
    frame.set(this.#buffer.subarray(this.#from, this.#from + buffered));
    this.#from += buffered;
    for (let filled = buffered; filled < length;) {
      if (filled === frame.length) frame = grown(frame, Math.min(length, filled * 2));
      const count = await this.#stream.read(frame.subarray(filled));
      if (count === 0) throw endOfStream();
      filled += count;
    }
    return frame;
  }

  #memory(length: number): Uint8Array<ArrayBuffer> {
    if (this.#reused.length === 0 || length < LARGE_FRAME_BYTES) return new Uint8Array(length);
    let memory = this.#reused.shift()!;
    if (memory.length < length) memory = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
    this.#reused.push(memory);
    return memory.subarray(0, length);
  }

  async #fill(): Promise<void> {
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    const count = await this.#stream.read(this.#buffer.subarray(this.#to));
    if (count === 0) throw endOfStream();
    this.#to += count;
  }
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

function endOfStream(): NetworkError {
  return new NetworkError("reset", "the other side closed the connection");
}
