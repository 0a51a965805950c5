/**
 * Virtual time. One queue of events, ordered by time and then by the order in which they were scheduled, drives
 * timers, the network and the disks. Between two events all promises that can settle do so: the scheduler waits for
 * a turn of the real event loop, before which every engine empties its queue of microtasks.
 */

import { assert } from "../core/assert.ts";
import { Heap } from "../core/heap.ts";
import type { Life } from "./life.ts";
import type { Transcript } from "./transcript.ts";

/** What a simulation needs of the real world. */
export interface Host {
  /** Resolves in a later turn of the real event loop, when all microtasks are done. */
  turn(): Promise<void>;
  /** Calls `handler`, and none that was given before, for every error that nobody caught. */
  onUncaught(handler: (error: unknown) => void): void;
}

/** Something that will happen. */
export interface ScheduledEvent {
  cancel(): void;
}

class Event implements ScheduledEvent {
  atUs: number;
  readonly sequence: number;
  readonly kind: string;
  readonly life: Life | null;
  task: (() => void) | null;

  constructor(atUs: number, sequence: number, kind: string, life: Life | null, task: () => void) {
    this.atUs = atUs;
    this.sequence = sequence;
    this.kind = kind;
    this.life = life;
    this.task = task;
  }

  cancel(): void {
    this.task = null;
  }
}

export class Scheduler {
  readonly transcript: Transcript;
  /** Called with what an event throws. */
  onError: (error: unknown, life: Life | null) => void = (error) => {
    throw error;
  };
  /** How many events have run. */
  events = 0;
  readonly #host: Host;
  readonly #queue = new Heap<Event>((a, b) =>
    a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence)
  );
  #nowUs = 0;
  #sequence = 0;
  #running = false;

  constructor(host: Host, transcript: Transcript) {
    this.#host = host;
    this.transcript = transcript;
  }

  /** Virtual microseconds since the simulation began. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /**
   * Runs `task` in `delayUs` microseconds, a whole number; never while this call is under way. An event that belongs
   * to a life is dropped when that has ended, and waits while it is paused.
   */
  after(delayUs: number, kind: string, life: Life | null, task: () => void): ScheduledEvent {
    assert(Number.isSafeInteger(delayUs) && delayUs >= 0, `a delay is whole microseconds, got ${delayUs}`);
    const event = new Event(this.#nowUs + delayUs, this.#sequence++, kind, life, task);
    this.#queue.push(event);
    return event;
  }

  /** What a process waits for that will happen by itself: its timers, and what it has asked of disk and network. */
  pendingOf(life: Life): { readonly kind: string; readonly inUs: number }[] {
    const found: { kind: string; inUs: number }[] = [];
    for (const { life: its, task, kind, atUs } of this.#queue.values()) {
      if (its === life && task !== null) found.push({ kind, inUs: atUs - this.#nowUs });
    }
    return found;
  }

  /** Notes something in the transcript at the present time. */
  note(...parts: (string | number)[]): void {
    this.transcript.add(this.#nowUs, ...parts);
  }

  /** Runs events until `isDone`, until there are none up to `untilUs`, or there are none at all. */
  async run(untilUs: number, isDone: () => boolean = () => false): Promise<void> {
    assert(!this.#running, "a scheduler runs once at a time");
    this.#running = true;
    try {
      await this.#host.turn();
      while (!isDone()) {
        const event = this.#next(untilUs);
        if (event === null) break;
        this.#nowUs = event.atUs;
        this.#perform(event);
        await this.#host.turn();
      }
      if (!isDone() && this.#nowUs < untilUs && untilUs !== Infinity) this.#nowUs = untilUs;
    } finally {
      this.#running = false;
    }
  }

  #next(untilUs: number): Event | null {
    while (true) {
      const event = this.#queue.peek();
      if (event === undefined || event.atUs > untilUs) return null;
      this.#queue.pop();
      if (event.task === null || event.life?.alive === false) continue;
      const pausedUntilUs = event.life?.pausedUntilUs ?? 0;
      if (pausedUntilUs <= event.atUs) return event;
      event.atUs = pausedUntilUs;
      this.#queue.push(event);
    }
  }

  #perform(event: Event): void {
    const task = event.task!;
    event.task = null;
    this.events++;
    this.transcript.add(event.atUs, event.life?.name ?? "world", event.kind, event.sequence);
    try {
      task();
    } catch (error) {
      this.onError(error, event.life);
    }
  }
}
