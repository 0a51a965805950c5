/** Drives a group shard in tests: virtual time, a log in memory, member ids that count up. */

import { GroupShard } from "../../../../src/coordinator/group/group_shard.ts";
import {
  type Append,
  defaultGroupConfig,
  type Effects,
  type GroupConfig,
  type GroupEvent,
  type GroupRecord,
} from "../../../../src/coordinator/group/types.ts";

/** The wall clock stands here when a driver starts, in Unix milliseconds. */
export const START_WALL_MS = 1_700_000_000_000;

export class ShardDriver {
  config: GroupConfig;
  /** Sees the effects of every step, in order. */
  readonly onEffects: (effects: Effects) => void;
  /** Whether appends are committed as soon as they are made. */
  autoAppend = true;
  /** All records that are committed. */
  readonly log: GroupRecord[] = [];
  /** Appends that are not settled, oldest first. */
  inFlight: Append[] = [];
  /** Milliseconds since the start. */
  nowMs = 0;
  nextDeadlineMs = Infinity;
  shard: GroupShard;
  #uuids = 0;

  constructor(config: Partial<GroupConfig> = {}, onEffects: (effects: Effects) => void = () => {}) {
    this.config = { ...defaultGroupConfig, ...config };
    this.onEffects = onEffects;
    this.shard = this.#newShard();
  }

  step(event: GroupEvent): void {
    const now = { monotonicMs: this.nowMs, wallMs: START_WALL_MS + this.nowMs };
    const effects = this.shard.step(event, now);
    this.nextDeadlineMs = effects.nextDeadlineMs;
    this.inFlight.push(...effects.appends);
    this.onEffects(effects);
    if (this.autoAppend && effects.appends.length > 0) this.appendAll();
  }

  /** Commits everything that is in flight. */
  appendAll(): void {
    const last = this.inFlight.at(-1);
    if (last !== undefined) this.appended(last.appendId);
  }

  /** Commits appends up to and including this one. */
  appended(appendId: number): void {
    const done = this.inFlight.filter((append) => append.appendId <= appendId);
    this.inFlight = this.inFlight.filter((append) => append.appendId > appendId);
    for (const { records } of done) this.log.push(...records);
    this.step({ type: "appended", appendId });
  }

  appendFailed(appendId: number, errorCode: number): void {
    this.inFlight = this.inFlight.filter((append) => append.appendId !== appendId);
    this.step({ type: "appendFailed", appendId, errorCode });
  }

  /** Lets `ms` milliseconds pass, with a tick at every deadline on the way. */
  advance(ms: number): void {
    const targetMs = this.nowMs + ms;
    while (this.nextDeadlineMs <= targetMs) {
      this.nowMs = Math.max(this.nowMs, this.nextDeadlineMs);
      this.step({ type: "tick" });
    }
    this.nowMs = targetMs;
  }

  /** The broker dies and starts again: a new shard learns everything from the log. */
  restart(config: Partial<GroupConfig> = {}): void {
    this.inFlight = [];
    this.config = { ...this.config, ...config };
    this.shard = this.#newShard();
    for (const record of this.log) this.shard.replay(record);
    this.step({ type: "loaded" });
  }

  #newShard(): GroupShard {
    return new GroupShard(this.config, () => `${++this.#uuids}`);
  }
}
