/** Reads metrics as Prometheus does, and waits until those move that should. */

import assert from "node:assert/strict";

/** A line of a metrics page. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;

/** The samples of a page; a line that is none of Prometheus's is a failure. */
export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match = LINE.exec(line);
    assert(match !== null, `"${line}" is not a line of the text format`);
    const labels: Record<string, string> = {};
    for (const [, name, value] of (match[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)) {
      labels[name!] = value!.replace(/\\(.)/g, (_, one) => one === "n" ? "\n" : one);
    }
    const value = Number(match[3] === "+Inf" ? Infinity : match[3]);
    assert(!Number.isNaN(value), `"${line}" has a value`);
    samples.push({ name: match[1]!, labels, value });
  }
  return samples;
}

/** A metrics page at one moment. */
export class Scrape {
  readonly samples: readonly Sample[];

  private constructor(samples: readonly Sample[]) {
    this.samples = samples;
  }

  static async of(httpUrl: string): Promise<Scrape> {
    const response = await fetch(`${httpUrl}/metrics`);
    assert.equal(response.status, 200);
    return new Scrape(parseMetrics(await response.text()));
  }

  /** The samples of a metric that have these labels, whatever others they have. */
  find(name: string, labels: Readonly<Record<string, string>> = {}): Sample[] {
    return this.samples.filter((one) =>
      one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value)
    );
  }

  /** The sum of those, or null when there are none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | null {
    const found = this.find(name, labels);
    return found.length === 0 ? null : found.reduce((sum, { value }) => sum + value, 0);
  }
}

/** A metric, with the labels that tell which of its lines is meant. */
export type Watched = readonly [name: string, labels?: Readonly<Record<string, string>>];

/** Does something and waits until all of these metrics have other values than before; fails with those that do not. */
export async function moves(
  httpUrl: string,
  watched: readonly Watched[],
  cause: () => Promise<unknown>,
): Promise<void> {
  const before = await Scrape.of(httpUrl);
  const was = watched.map(([name, labels]) => before.value(name, labels));
  await cause();
  let still = watched;
  for (let attempt = 0; attempt < 100; attempt++) {
    const now = await Scrape.of(httpUrl);
    still = watched.filter(([name, labels], index) => now.value(name, labels) === was[index]);
    if (still.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(still, [], "these have not moved");
}
