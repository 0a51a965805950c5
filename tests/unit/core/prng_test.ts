import assert from "node:assert/strict";
import { Prng } from "../../../src/core/prng.ts";

Deno.test("a seed gives the same numbers for ever and on every runtime", () => {
  // Recorded once: a change here makes every printed simulation seed worthless.
  const prng = new Prng(42);
  assert.deepEqual([prng.uint32(), prng.uint32(), prng.uint32()], [1251167922, 656401615, 478193053]);
  assert.equal(prng.next(), 0.7632962637893554);
  assert.equal(prng.below(1000), 352);
  assert.deepEqual([...prng.bytes(6)], [34, 222, 255, 195, 14, 252]);
});

Deno.test("the generator is sfc32 as PractRand defines it", () => {
  const [low, high] = [0x9abcdef0, 0x12345];
  let [a, b, c, counter] = [0n, BigInt(low), BigInt(high), 1n];
  const mask = 0xffffffffn;
  const draw = () => {
    const drawn = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) | (c >> 11n)) & mask) + drawn) & mask;
    return Number(drawn);
  };
  for (let round = 0; round < 15; round++) draw();
  const prng = new Prng(high * 2 ** 32 + low);
  for (let round = 0; round < 1000; round++) assert.equal(prng.uint32(), draw());
});

Deno.test("seeds that differ only in high bits, in sign or by one give different numbers", () => {
  const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 33, 2 ** 52, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  assert.equal(new Set(seeds.map((seed) => new Prng(seed).next())).size, seeds.length);
});

Deno.test("a seed that is no safe integer is refused", () => {
  for (const seed of [0.5, NaN, 2 ** 53]) assert.throws(() => new Prng(seed), /seed/);
});

Deno.test("a fork does not depend on what its parent draws later", () => {
  const [first, second] = [new Prng(7), new Prng(7)];
  const [forkOfFirst, forkOfSecond] = [first.fork(), second.fork()];
  for (let draw = 0; draw < 100; draw++) second.next();
  assert.equal(forkOfFirst.next(), forkOfSecond.next());
  assert.notEqual(forkOfFirst.next(), first.next());
});

Deno.test("chance happens about as often as it should, and never or always at the ends", () => {
  const prng = new Prng(3);
  let happened = 0;
  for (let draw = 0; draw < 10_000; draw++) {
    if (prng.chance(0.2)) happened++;
    assert.equal(prng.chance(0), false);
    assert.equal(prng.chance(1), true);
  }
  // The deviation is 40.
  assert(happened > 1800 && happened < 2200, `${happened}`);
});

Deno.test("pick reaches every choice and refuses none", () => {
  const prng = new Prng(5);
  const picked = new Set(Array.from({ length: 100 }, () => prng.pick(["a", "b", "c"])));
  assert.deepEqual([...picked].sort(), ["a", "b", "c"]);
  assert.throws(() => prng.pick([]), /pick/);
});
