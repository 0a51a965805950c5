/** Work that the active controller does by itself: now and then, and soon after something has changed. */

import type { MetadataChange } from "../../metadata/change.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { Timer } from "../../platform/platform.ts";
import type { ControllerContext } from "../context.ts";

/** One kind of such work. */
export interface UpkeepTask {
  /** How long from one run to the next when nothing happens, in milliseconds; Infinity: only when something does. */
  intervalMs(): number;
  /** How soon after the controller has become active to run first, in milliseconds; Infinity: not for that alone. */
  readonly firstMs: number;
  /** How soon to run because of a change, in milliseconds; null: it does not matter. More changes put it off. */
  onChange(change: MetadataChange, image: MetadataImage, before: MetadataImage): number | null;
  /** Does what there is to do; resolves with how soon to go on, or null when that is all for now. */
  run(): Promise<number | null>;
}

/** Changes that never end must not put a run off for ever: so many times its delay is the most. */
const MOST_DELAYS = 6;

/** Runs one task while the controller is active, never twice at the same time. */
export class TaskRunner {
  readonly #controller: ControllerContext;
  readonly #task: UpkeepTask;
  #timer: Timer | null = null;
  #dueMs = Infinity;
  /** When the task was first put off; null while nothing has happened since it ran. */
  #wantedMs: number | null = null;
  #isActive = false;
  #isRunning = false;

  constructor(controller: ControllerContext, task: UpkeepTask) {
    this.#controller = controller;
    this.#task = task;
  }

  start(): void {
    this.#isActive = true;
    this.#arm(Math.min(this.#task.firstMs, this.#task.intervalMs()));
  }

  stop(): void {
    this.#isActive = false;
    this.#arm(Infinity);
  }

  onChange(change: MetadataChange, image: MetadataImage, before: MetadataImage): void {
    const delayMs = this.#task.onChange(change, image, before);
    if (delayMs === null) return;
    const nowMs = this.#controller.platform.clock.monotonicMs();
    this.#wantedMs ??= nowMs;
    const latestMs = this.#wantedMs + delayMs * MOST_DELAYS;
    this.#arm(Math.max(0, Math.min(delayMs, latestMs - nowMs)));
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = null;
    const { clock, timers } = this.#controller.platform;
    this.#dueMs = clock.monotonicMs() + delayMs;
    if (delayMs !== Infinity && this.#isActive) this.#timer = timers.after(delayMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    if (this.#isRunning || !this.#isActive) return;
    this.#isRunning = true;
    this.#wantedMs = null;
    this.#dueMs = Infinity;
    const againMs = await this.#task.run();
    this.#isRunning = false;
    if (!this.#isActive) return;
    const nowMs = this.#controller.platform.clock.monotonicMs();
    // What has changed meanwhile has set a time by itself.
    this.#arm(Math.min(againMs ?? Infinity, this.#task.intervalMs(), Math.max(0, this.#dueMs - nowMs)));
  }
}
