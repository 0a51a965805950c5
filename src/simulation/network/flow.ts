/**
 * One direction of a connection, from the writer's call to the reader's. Bytes keep their order; what is under way
 * and what was not read yet is bounded, so that a slow reader holds its writer back.
 */

import { extendCrc32c } from "../../records/crc32c.ts";
import { Deque } from "../../core/deque.ts";
import type { ScheduledEvent, Scheduler } from "../scheduler.ts";
import { copyOf } from "./copies.ts";
import { GIVE_UP_US, type Link } from "./link.ts";

/** What is under way together: bytes, or the end of the stream. */
interface Segment {
  readonly bytes: Uint8Array | null;
  readonly arrivesUs: number;
}

/** What is done about a write that does not fit: the rest goes when there is room. */
interface WaitingWrite {
  readonly bytes: Uint8Array;
  sent: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What a reader finds: bytes, the end, or that the connection is broken. */
export type Incoming = number | "wait" | "broken";

/** What a flow asks of the connection that it belongs to. */
export interface FlowEnds {
  readonly label: string;
  /** Whether the machine at the far end can be reached at all. */
  readonly reachable: () => boolean;
  /** Whether the far end still knows the connection and reads. */
  readonly accepts: () => boolean;
  /** Something has arrived at a far end that does not take it: it answers with a reset. */
  readonly onRefused: () => void;
  /** Nothing has arrived for so long that the sender gives up. */
  readonly onLost: () => void;
}

/** What may be under way or unread in one direction. */
const WINDOW_BYTES = 128 * 1024;

export class Flow {
  readonly #scheduler: Scheduler;
  readonly #link: Link;
  readonly #ends: FlowEnds;
  readonly #underWay = new Deque<Segment>();
  readonly #arrived = new Deque<Uint8Array>();
  #heldBytes = 0;
  #unreadBytes = 0;
  #readAt = 0;
  #ended = false;
  #endArrived = false;
  #broken = false;
  #arrival: ScheduledEvent | null = null;
  #attempt = 0;
  #firstAttemptUs = 0;
  #lastArrivalUs = 0;
  /** What is done to the next bytes that arrive. */
  #cut: { readonly share: number; readonly then: () => void } | null = null;
  #stalledUntilUs = 0;
  #waiting: WaitingWrite | null = null;
  #wakeReader: (() => void) | null = null;

  constructor(scheduler: Scheduler, link: Link, ends: FlowEnds) {
    this.#scheduler = scheduler;
    this.#link = link;
    this.#ends = ends;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** What has arrived and was not read. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Sends all of `bytes`; resolves when the last of them is under way. */
  write(bytes: Uint8Array): Promise<void> {
    const sent = this.#send(bytes, 0);
    if (sent === bytes.length) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting = { bytes, sent, resolve, reject });
  }

  #send(bytes: Uint8Array, from: number): number {
    const end = Math.min(bytes.length, from + WINDOW_BYTES - this.#heldBytes);
    if (end <= from) return from;
    const split = from + this.#link.splitAt(end - from);
    if (split > from) this.#depart(copyOf(bytes, from, split));
    this.#depart(copyOf(bytes, split, end));
    return end;
  }

  #depart(bytes: Uint8Array | null): void {
    this.#heldBytes += bytes?.length ?? 0;
    const arrivesUs = Math.max(
      this.#scheduler.nowUs + this.#link.latencyUs(bytes?.length ?? 0),
      this.#lastArrivalUs,
    );
    this.#lastArrivalUs = arrivesUs;
    this.#underWay.pushLast({ bytes, arrivesUs });
    if (this.#arrival === null) this.#expect();
  }

  #expect(): void {
    const next = this.#underWay.first();
    if (next === undefined) return;
    const delayUs = Math.max(0, next.arrivesUs - this.#scheduler.nowUs);
    this.#firstAttemptUs = this.#scheduler.nowUs;
    this.#attempt = 0;
    this.#arrival = this.#scheduler.after(delayUs, "arrive", null, () => this.#onArrival());
  }

  #onArrival(): void {
    this.#arrival = null;
    if (this.#scheduler.nowUs < this.#stalledUntilUs) return this.#await(this.#stalledUntilUs);
    if (this.#link.cut || !this.#ends.reachable()) return this.#sendAgain();
    const segment = this.#underWay.takeFirst()!;
    if (!this.#ends.accepts()) {
      this.#underWay.clear();
      return this.#ends.onRefused();
    }
    const { bytes } = segment;
    const cut = this.#cut;
    if (cut !== null && bytes !== null) {
      this.#cut = null;
      const part = bytes.subarray(0, Math.floor(bytes.length * cut.share));
      if (part.length > 0) this.#arrived.pushLast(part);
      this.#unreadBytes += part.length;
      return cut.then();
    }
    this.#scheduler.note(
      this.#ends.label,
      bytes?.length ?? "end",
      bytes === null ? 0 : extendCrc32c(0, bytes),
    );
    if (bytes === null) this.#endArrived = true;
    else {
      this.#arrived.pushLast(bytes);
      this.#unreadBytes += bytes.length;
    }
    this.#expect();
    this.#wake();
  }

  #sendAgain(): void {
    if (this.#scheduler.nowUs - this.#firstAttemptUs > GIVE_UP_US) return this.#ends.onLost();
    const delayUs = this.#link.resendUs(this.#attempt++);
    this.#arrival = this.#scheduler.after(delayUs, "resend", null, () => this.#onArrival());
  }

  /** Of what arrives next only a share does, from 0 to less than 1; then `then` breaks the connection. */
  cutNext(share: number, then: () => void): void {
    this.#cut = { share, then };
  }

  /** Loses whatever is sent for `us` microseconds; the sender's system sends it again, even if its process has ended. */
  stall(us: number): void {
    this.#stalledUntilUs = this.#scheduler.nowUs + us;
  }

  #await(atUs: number): void {
    const delayUs = atUs - this.#scheduler.nowUs;
    this.#arrival = this.#scheduler.after(delayUs, "arrive", null, () => this.#onArrival());
  }

  /** Takes what has arrived into `target`; 0 at the end. */
  take(target: Uint8Array): Incoming {
    const first = this.#arrived.first();
    if (first === undefined) return this.#endArrived ? 0 : this.#broken ? "broken" : "wait";
    const length = Math.min(target.length, first.length - this.#readAt);
    target.set(first.subarray(this.#readAt, this.#readAt + length));
    this.#readAt += length;
    if (this.#readAt === first.length) {
      this.#arrived.takeFirst();
      this.#readAt = 0;
    }
    this.#heldBytes -= length;
    this.#unreadBytes -= length;
    if (this.#waiting !== null) {
      // The writer learns of the room as late as of everything else.
      this.#scheduler.after(this.#link.latencyUs(0), "window", null, () => this.#sendMore());
    }
    return length;
  }

  #sendMore(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    waiting.sent = this.#send(waiting.bytes, waiting.sent);
    if (waiting.sent < waiting.bytes.length) return;
    this.#waiting = null;
    waiting.resolve();
    if (this.#ended) this.#depart(null);
  }

  /** Calls `task` when there is something for the reader. */
  onReadable(task: () => void): void {
    this.#wakeReader = task;
  }

  #wake(): void {
    const wake = this.#wakeReader;
    this.#wakeReader = null;
    wake?.();
  }

  /** The writer is done: the end follows what was written. */
  end(): void {
    if (this.#ended || this.#broken) return;
    this.#ended = true;
    if (this.#waiting === null) this.#depart(null);
  }

  /** A write that waits fails. */
  failWrite(error: () => Error): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(error());
  }

  /** The sender has lost its power: what is under way is lost, and the reader waits for more. */
  fallSilent(): void {
    this.#arrival?.cancel();
    this.#arrival = null;
    this.#underWay.clear();
  }

  /** Nothing more arrives. With `keepArrived` the reader still gets what has. */
  break(options: { readonly keepArrived: boolean }): void {
    this.#broken = true;
    this.fallSilent();
    if (!options.keepArrived) {
      this.#arrived.clear();
      this.#endArrived = false;
      this.#unreadBytes = 0;
    }
    this.#wake();
  }
}
