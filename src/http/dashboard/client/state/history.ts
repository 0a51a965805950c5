/**
 * What moved over the last minutes: the server tells only of now, the page remembers. Rates of records come from how
 * far offsets moved between two pulses, so they are those of the whole cluster whichever broker serves the page.
 */

import type { GroupPicture, Layout, Pulse } from "../../picture.ts";
import { Speed } from "./speed.ts";

/** Samples that are kept, one a second. */
const CAPACITY = 600;
/** Pulses further apart than this are drawn as a gap, in milliseconds. */
const GAP_MS = 3_500;
/** How many looks a rate is averaged over: those at the groups come half as often, and consumers commit in steps. */
const SMOOTHING = { ends: 3, groups: 5 };

export type Sample = number | null;

/** Time series that share their times. */
export class History {
  /** Unix seconds, ascending. */
  readonly times: number[] = [];
  readonly #series = new Map<string, Sample[]>();
  readonly #written = new Speed(SMOOTHING.ends, seriesOfPartition);
  readonly #read = new Speed(SMOOTHING.groups, seriesOfReader);

  /** One series; null where nothing is known. */
  series(name: string): readonly Sample[] {
    return this.#series.get(name) ?? this.times.map(() => null);
  }

  /** The newest value of a series. */
  latest(name: string): Sample {
    return this.#series.get(name)?.at(-1) ?? null;
  }

  /** Takes a pulse in. One without groups tells nothing new of them: they stay as they were. */
  add(layout: Layout, pulse: Pulse): void {
    const lastSeconds = this.times.at(-1);
    const seconds = pulse.atMs / 1_000;
    if (lastSeconds !== undefined && seconds <= lastSeconds) return;
    if (lastSeconds !== undefined && pulse.atMs - lastSeconds * 1_000 > GAP_MS) {
      this.#push(lastSeconds + 1, new Map());
      this.#written.reset();
      this.#read.reset();
    }
    const ends = endsOf(layout, pulse);
    const sample = gaugesOf(pulse, ends);
    if (ends.size > 0) this.#written.add(pulse.offsetsAtMs, ends);
    if (pulse.groups === null) this.#keepLags(sample);
    else this.#read.add(pulse.atMs, readsOf(pulse.groups));
    // Where partitions ended tells later how old a position is.
    for (const [place, end] of ends) sample.set(`end:${place}`, end);
    const moving = ends.size > 0 ? [...this.#written.rates, ...this.#read.rates] : [];
    for (const [name, rate] of moving) sample.set(name, rate);
    this.#push(seconds, sample);
  }

  /** How long ago the partition ended at `offset`, in milliseconds; null when that is longer than the page knows. */
  ageOf(topic: string, partition: number, offset: number): number | null {
    const ends = this.series(`end:${topic}/${partition}`);
    const now = this.times.at(-1) ?? 0;
    for (let index = ends.length - 1; index >= 0; index--) {
      const end = ends[index];
      if (typeof end === "number" && end <= offset) return (now - this.times[index]!) * 1_000;
    }
    return null;
  }

  #keepLags(sample: Map<string, number>): void {
    for (const [name, values] of this.#series) {
      const lag = values.at(-1);
      if (name.startsWith("lag:") && typeof lag === "number") sample.set(name, lag);
    }
  }

  #push(seconds: number, sample: ReadonlyMap<string, number>): void {
    this.times.push(seconds);
    for (const name of sample.keys()) {
      if (!this.#series.has(name)) this.#series.set(name, this.times.slice(1).map(() => null));
    }
    for (const [name, values] of this.#series) {
      values.push(sample.get(name) ?? null);
      if (values.length > CAPACITY) values.shift();
    }
    if (this.times.length > CAPACITY) this.times.shift();
    for (const [name, values] of this.#series) {
      if (values.at(-1) === null && values.every((value) => value === null)) this.#series.delete(name);
    }
  }
}

/** Where each partition ends, by `topic/partition`; without those whose leader is silent. */
export function endsOf({ topics, version }: Layout, pulse: Pulse): Map<string, number> {
  const ends = new Map<string, number>();
  if (pulse.offsets === null || pulse.version !== version) return ends;
  for (const [index, { name }] of topics.entries()) {
    for (const [partition, end] of (pulse.offsets[index]?.ends ?? []).entries()) {
      if (end >= 0) ends.set(`${name}/${partition}`, end);
    }
  }
  return ends;
}

/** Where groups are, by `topic/partition/group`. */
function readsOf(groups: readonly GroupPicture[]): Map<string, number> {
  return new Map(
    groups.flatMap(({ groupId, committed }) =>
      committed.map(({ topic, partition, offset }) => [`${topic}/${partition}/${groupId}`, offset] as const)
    ),
  );
}

function seriesOfPartition(place: string): readonly string[] {
  const topic = place.slice(0, place.indexOf("/"));
  const own = [`in:${topic}`, `in:${place}`];
  return topic.startsWith("__") ? own : ["in", ...own];
}

function seriesOfReader(place: string): readonly string[] {
  const [topic = "", , ...group] = place.split("/");
  const groupId = group.join("/");
  return ["out", `out:${groupId}`, `out:${topic}>${groupId}`];
}

function gaugesOf({ local, quorum, groups }: Pulse, ends: ReadonlyMap<string, number>): Map<string, number> {
  const sample = new Map<string, number>();
  const put = (name: string, value: number | null | undefined) => {
    if (value !== null && value !== undefined) sample.set(name, value);
  };
  if (local !== null && local.windowMs > 0) {
    put("bytesIn", local.totals.bytesInPerSecond);
    put("bytesOut", local.totals.bytesOutPerSecond);
    for (const api of ["produce", "fetch"] as const) {
      put(`${api}P50`, local[api].p50Ms);
      put(`${api}P99`, local[api].p99Ms);
    }
  }
  for (const { id, lag } of quorum?.replicas ?? []) put(`quorumLag:${id}`, lag);
  for (const { groupId, committed } of groups ?? []) {
    const lags = committed.map(({ topic, partition, offset }) =>
      Math.max(0, (ends.get(`${topic}/${partition}`) ?? offset) - offset)
    );
    if (lags.length > 0) put(`lag:${groupId}`, lags.reduce((sum, lag) => sum + lag, 0));
  }
  return sample;
}
