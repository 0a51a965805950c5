import assert from "node:assert/strict";
import { SharedFlush } from "../../../../src/platform/adapters/shared_flush.ts";

/** Flushes that end when the test says so, and what each of them covers. */
class FakeDisk {
  written = 0;
  safe = 0;
  begun = 0;
  readonly #running: ((failure?: Error) => void)[] = [];

  readonly flush = (): Promise<void> => {
    assert.equal(this.#running.length, 0, "two flushes at once");
    this.begun++;
    const covered = this.written;
    return new Promise((resolve, reject) => {
      this.#running.push((failure) => {
        if (failure !== undefined) return reject(failure);
        this.safe = covered;
        resolve();
      });
    });
  };

  async end(failure?: Error): Promise<void> {
    this.#running.shift()!(failure);
    // Whoever waits for it goes on before the test does.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

Deno.test("a flush covers what was written before its caller called, not only before it began", async () => {
  const disk = new FakeDisk();
  const flushes = new SharedFlush(disk.flush);
  const covered: string[] = [];
  disk.written = 1;
  void flushes.flush().then(() => covered.push(`1 by ${disk.safe}`));
  disk.written = 2;
  void flushes.flush().then(() => covered.push(`2 by ${disk.safe}`));
  await disk.end();
  assert.deepEqual(covered, ["1 by 1"], "the second write came after the first flush began");
  await disk.end();
  assert.deepEqual(covered, ["1 by 1", "2 by 2"]);
});

Deno.test("all who wait share the next flush", async () => {
  const disk = new FakeDisk();
  const flushes = new SharedFlush(disk.flush);
  const all = Array.from({ length: 100 }, () => flushes.flush());
  await disk.end();
  await disk.end();
  await Promise.all(all);
  assert.equal(disk.begun, 2);
  const alone = flushes.flush();
  await disk.end();
  await alone;
  assert.equal(disk.begun, 3);
});

Deno.test("a failed flush stays failed: the next would wrongly succeed (fsync on Linux drops the dirty pages)", async () => {
  const disk = new FakeDisk();
  const flushes = new SharedFlush(disk.flush);
  const outcomes = [flushes.flush(), flushes.flush()].map((flush) =>
    flush.then(() => "safe", (error) => error.message)
  );
  await disk.end(new Error("the disk is gone"));
  assert.deepEqual(await Promise.all(outcomes), ["the disk is gone", "the disk is gone"]);
  await assert.rejects(flushes.flush(), /the disk is gone/);
  assert.equal(disk.begun, 1);
});
