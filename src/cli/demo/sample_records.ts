/** The records of the sample traffic: orders of a shop, their payments, and what sensors measure. */

import type { Random } from "../../platform/platform.ts";

/** The topics, with how many records come a second on average. */
export const sampleTopics = {
  "orders": { partitions: 6, perSecond: 30 },
  "payments": { partitions: 3, perSecond: 12 },
  "sensor-readings": { partitions: 8, perSecond: 60 },
} as const;

export type SampleTopic = keyof typeof sampleTopics;

export interface SampleRecord {
  readonly key: string;
  readonly value: unknown;
}

const goods = ["kettle", "lamp", "notebook", "umbrella", "bicycle bell", "tea, 250 g", "woollen socks"];
const cities = ["Lisbon", "Ghent", "Tampere", "Kraków", "Bologna", "Galway", "Graz"];
const methods = ["card", "transfer", "invoice"];

const makers: Readonly<Record<SampleTopic, (random: Random, nowMs: number) => SampleRecord>> = {
  orders(random, nowMs) {
    const customer = `c-${100 + random.below(200)}`;
    const items = Array.from({ length: 1 + random.below(3) }, () => ({
      article: pick(goods, random),
      quantity: 1 + random.below(4),
      price: price(random),
    }));
    return {
      key: customer,
      value: {
        order: orderId(random),
        customer,
        city: pick(cities, random),
        items,
        placedAt: new Date(nowMs).toISOString(),
      },
    };
  },
  payments(random, nowMs) {
    const order = orderId(random);
    return {
      key: order,
      value: {
        order,
        method: pick(methods, random),
        amount: price(random),
        isSettled: random.next() < 0.95,
        at: new Date(nowMs).toISOString(),
      },
    };
  },
  "sensor-readings"(random, nowMs) {
    const sensor = `sensor-${1 + random.below(40)}`;
    return {
      key: sensor,
      value: {
        sensor,
        celsius: Math.round(150 + 100 * random.next()) / 10,
        humidity: 30 + random.below(50),
        at: nowMs,
      },
    };
  },
};

/** A record for a topic. */
export function sampleRecord(topic: SampleTopic, random: Random, nowMs: number): SampleRecord {
  return makers[topic](random, nowMs);
}

function pick(from: readonly string[], random: Random): string {
  return from[random.below(from.length)]!;
}

function price(random: Random): number {
  return (199 + random.below(9_800)) / 100;
}

function orderId(random: Random): string {
  return `o-${(random.below(1 << 30) + (1 << 30)).toString(36)}`;
}
