/** Waiting for what a broker does in its own time. */

import assert from "node:assert/strict";

/**
 * Reads again and again until the value is the expected one, and fails with the last value after five seconds. For
 * Apache Kafka, whose brokers learn of a change some time after its controller has acknowledged it, and for work
 * that is done in the background.
 */
export async function becomes<T>(read: () => Promise<T> | T, expected: T): Promise<void> {
  let seen = await read();
  for (let attempt = 0; attempt < 250 && seen !== expected; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen = await read();
  }
  assert.equal(seen, expected);
}
