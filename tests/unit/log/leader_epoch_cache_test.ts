/** Leader epochs (KIP-101, KIP-279). */

import { deepEqual, equal, throws } from "node:assert/strict";
import { DecodeError } from "../../../src/core/errors.ts";
import { LeaderEpochCache } from "../../../src/log/leader_epoch_cache.ts";
import { encodeUtf8 } from "../../../src/core/bytes.ts";

function cacheOf(...entries: readonly (readonly [number, number])[]): LeaderEpochCache {
  const cache = new LeaderEpochCache();
  for (const [epoch, startOffset] of entries) cache.assign(epoch, startOffset);
  return cache;
}

const pairs = (cache: LeaderEpochCache) =>
  cache.entries.map(({ epoch, startOffset }) => [epoch, startOffset]);

Deno.test("the end of an epoch is where the next one begins", () => {
  const cache = cacheOf([2, 5], [4, 10], [7, 20]);
  const endOf = (epoch: number) => Object.values(cache.endOffsetFor(epoch, 30));
  deepEqual(endOf(7), [7, 30], "the latest ends with the log");
  deepEqual(endOf(2), [2, 10]);
  deepEqual(endOf(3), [2, 10], "one that wrote nothing here: the one before it");
  deepEqual(endOf(6), [4, 20]);
  deepEqual(endOf(1), [1, 5], "older than all: where the oldest begins");
  deepEqual(endOf(8), [-1, -1], "newer than all: unknown");
  deepEqual(endOf(-1), [-1, -1]);
  deepEqual(Object.values(cacheOf().endOffsetFor(0, 5)), [-1, -1]);
});

Deno.test("an assignment drops what contradicts it", () => {
  deepEqual(pairs(cacheOf([1, 0], [2, 10], [2, 12])), [[1, 0], [2, 10]], "the same epoch began earlier");
  deepEqual(pairs(cacheOf([1, 0], [2, 10], [3, 10])), [[1, 0], [3, 10]], "an epoch without records");
  deepEqual(pairs(cacheOf([1, 0], [3, 10], [2, 8])), [[1, 0], [2, 8]], "a later epoch that was cut off");
});

Deno.test("cuts at the end and at the start", () => {
  const cache = cacheOf([1, 0], [2, 10], [3, 20]);
  cache.truncateFromEnd(20);
  deepEqual(pairs(cache), [[1, 0], [2, 10]]);
  cache.truncateFromStart(5);
  deepEqual(pairs(cache), [[1, 5], [2, 10]]);
  cache.truncateFromStart(10);
  deepEqual(pairs(cache), [[2, 10]]);
  cache.truncateFromStart(15);
  deepEqual(pairs(cache), [[2, 15]]);
  deepEqual([cache.epochAt(14), cache.epochAt(15), cache.latestEpoch, cache.earliestEpoch], [-1, 2, 2, 2]);
});

Deno.test("what is learnt of the beginning is put before what is known", () => {
  const cache = cacheOf([3, 20], [5, 30]);
  cache.prepend([{ epoch: 1, startOffset: 0 }, { epoch: 3, startOffset: 10 }]);
  deepEqual(pairs(cache), [[1, 0], [3, 10], [5, 30]]);
  cache.prepend([{ epoch: 9, startOffset: 0 }]);
  deepEqual(pairs(cache), [[1, 0], [3, 10], [5, 30]]);
});

Deno.test("the checkpoint file is Kafka's", () => {
  const bytes = cacheOf([0, 0], [5, 117]).encode();
  equal(new TextDecoder().decode(bytes), "0\n2\n0 0\n5 117\n");
  deepEqual(pairs(LeaderEpochCache.decode(bytes)), [[0, 0], [5, 117]]);
  for (
    const text of ["1\n0\n", "0\n2\n0 0\n", "0\n1\n0\n", "0\n1\n0 x\n", "0\n1\n0 99999999999999999\n"]
  ) {
    throws(() => LeaderEpochCache.decode(encodeUtf8(text)), DecodeError, text);
  }
});
