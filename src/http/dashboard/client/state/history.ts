/**
 * What moved over the last minutes: the server tells only of now, the page remembers. Rates of records come from how
 * far offsets moved between two pulses, so they are those of the whole cluster whichever broker serves the page.
 */

import type { Layout, Pulse } from "../../picture.ts";

/** Samples that are kept, one a second. */
const CAPACITY = 600;
/** Pulses further apart than this are drawn as a gap, in milliseconds. */
const GAP_MS = 3_500;
/** How many pulses a rate is averaged over. Consumers commit every few seconds, so theirs need more. */
const SMOOTHING = { in: 3, out: 10 };

export type Sample = number | null;

/** Time series that share their times. */
export class History {
  /** Unix seconds, ascending. */
  readonly times: number[] = [];
  readonly #series = new Map<string, Sample[]>();
  #last: { readonly atMs: number; readonly values: ReadonlyMap<string, number> } | null = null;
  #recent: Map<string, number>[] = [];

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
      this.#last = null;
      this.#recent = [];
    }
    const positions = positionsOf(layout, pulse, this.#last?.values ?? new Map());
    const sample = gaugesOf(pulse, positions);
    if (pulse.groups === null) this.#keepLags(sample);
    for (const [name, value] of this.#rates(pulse.atMs, positions)) sample.set(name, value);
    // Where partitions ended tells later how old a position is.
    for (const [name, value] of positions) if (name.startsWith("end:")) sample.set(name, value);
    this.#push(seconds, sample);
    this.#last = { atMs: pulse.atMs, values: positions };
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

  /** Records a second since the last pulse, averaged over some. */
  #rates(atMs: number, positions: ReadonlyMap<string, number>): Map<string, number> {
    const rates = new Map<string, number>();
    if (this.#last === null) return rates;
    const now = new Map<string, number>();
    const elapsed = (atMs - this.#last.atMs) / 1_000;
    for (const [name, value] of positions) {
      const before = this.#last.values.get(name);
      if (before === undefined) continue;
      const rate = Math.max(0, value - before) / elapsed;
      for (const total of totalsOf(name)) now.set(total, (now.get(total) ?? 0) + rate);
    }
    this.#recent = [...this.#recent.slice(1 - SMOOTHING.out), now];
    for (const name of now.keys()) {
      const recent = this.#recent.slice(-(name.startsWith("in") ? SMOOTHING.in : SMOOTHING.out));
      const known = recent.map((one) => one.get(name)).filter((one) => one !== undefined);
      rates.set(name, known.reduce((sum, one) => sum + one, 0) / known.length);
    }
    return rates;
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

/** Where everything is: ends of partitions and positions of groups. */
function positionsOf(
  layout: Layout,
  { offsets, version, groups }: Pulse,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const positions = new Map<string, number>();
  if (offsets === null || version !== layout.version) return positions;
  for (const [index, { name }] of layout.topics.entries()) {
    for (const [partition, end] of (offsets[index]?.ends ?? []).entries()) {
      if (end >= 0) positions.set(`end:${name}/${partition}`, end);
    }
  }
  if (groups === null) {
    for (const [name, offset] of before) if (name.startsWith("read:")) positions.set(name, offset);
  }
  for (const { groupId, committed } of groups ?? []) {
    for (const { topic, partition, offset } of committed) {
      positions.set(`read:${topic}/${partition}/${groupId}`, offset);
    }
  }
  return positions;
}

/** The series that a position counts for. */
function totalsOf(name: string): readonly string[] {
  const [kind, rest = ""] = [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)];
  const [topic = "", partition = "", ...group] = rest.split("/");
  if (kind === "end") {
    const all = topic.startsWith("__") ? [] : ["in"];
    return [...all, `in:${topic}`, `in:${topic}/${partition}`];
  }
  return ["out", `out:${group.join("/")}`, `out:${topic}>${group.join("/")}`];
}

function gaugesOf(
  { local, quorum, groups }: Pulse,
  positions: ReadonlyMap<string, number>,
): Map<string, number> {
  const sample = new Map<string, number>();
  const put = (name: string, value: number | null | undefined) => {
    if (value !== null && value !== undefined) sample.set(name, value);
  };
  if (local !== null && local.windowMs > 0) {
    put("bytesIn", local.totals.bytesInPerSecond);
    put("bytesOut", local.totals.bytesOutPerSecond);
    put("requests", local.totals.requestsPerSecond);
    for (const api of ["produce", "fetch"] as const) {
      put(`${api}P50`, local[api].p50Ms);
      put(`${api}P95`, local[api].p95Ms);
      put(`${api}P99`, local[api].p99Ms);
    }
    put("cpu", local.process.cpuPercent);
    put("memory", local.process.residentBytes);
  }
  for (const { id, lag } of quorum?.replicas ?? []) put(`quorumLag:${id}`, lag);
  for (const { groupId, committed } of groups ?? []) {
    const known = committed
      .map(({ topic, partition, offset }) => (positions.get(`end:${topic}/${partition}`) ?? offset) - offset);
    if (known.length > 0) put(`lag:${groupId}`, known.reduce((sum, one) => sum + Math.max(0, one), 0));
  }
  return sample;
}
