/** The clocks and timers of one machine: they drift against the world's time, and the wall clock may jump. */

import type { Clock, Timer, Timers } from "../platform/platform.ts";
import type { Life } from "./life.ts";
import type { Scheduler } from "./scheduler.ts";

/** A turn of the loop takes some time, or whoever waits for time to pass by yielding would wait for ever. */
const YIELD_US = 20;

/** No simulation lasts so long. */
const FOREVER_MS = 1e12;

/** Where a machine's clocks stand against the world's. */
export interface ClockSettings {
  /** How much faster the machine's clocks are, in parts per million. */
  readonly driftPpm: number;
  /** The wall clock at the beginning of the simulation, in Unix milliseconds. */
  readonly wallMs: number;
  /** The monotonic clock at the beginning of the simulation, in milliseconds. */
  readonly monotonicMs: number;
}

export class MachineClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #rate: number;
  readonly #settings: ClockSettings;
  #jumpedMs = 0;

  constructor(scheduler: Scheduler, settings: ClockSettings) {
    this.#scheduler = scheduler;
    this.#settings = settings;
    this.#rate = 1 + settings.driftPpm / 1e6;
  }

  wallMs(): number {
    const passedMs = this.#scheduler.nowUs * this.#rate / 1000;
    return Math.floor(this.#settings.wallMs + passedMs) + this.#jumpedMs;
  }

  monotonicMs(): number {
    return this.#monotonicMsAt(this.#scheduler.nowUs);
  }

  /** Sets the wall clock forward, or back with a negative number, as an operator or NTP does. */
  jump(byMs: number): void {
    this.#jumpedMs += byMs;
  }

  /** How long the world takes until `delayMs` have passed on this machine: never too short. */
  worldUs(delayMs: number): number {
    const now = this.#scheduler.nowUs;
    const from = this.monotonicMs();
    if (delayMs > FOREVER_MS) return FOREVER_MS * 1000;
    let us = Math.max(0, Math.ceil(delayMs * 1000 / this.#rate));
    while (this.#monotonicMsAt(now + us) - from < delayMs) us++;
    return us;
  }

  #monotonicMsAt(worldUs: number): number {
    return this.#settings.monotonicMs + worldUs * this.#rate / 1000;
  }
}

/** The timers of one process. */
export class MachineTimers implements Timers {
  readonly #scheduler: Scheduler;
  readonly #clock: MachineClock;
  readonly #life: Life;

  constructor(scheduler: Scheduler, clock: MachineClock, life: Life) {
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#life = life;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#scheduler.after(this.#clock.worldUs(delayMs), "timer", this.#life, task);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  yield(): Promise<void> {
    return new Promise((resolve) => void this.#scheduler.after(YIELD_US, "yield", this.#life, resolve));
  }
}
