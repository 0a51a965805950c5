/** What every implementation of timers must do. */

import assert from "node:assert/strict";
import type { Case } from "./case.ts";

export const timersCases: readonly Case[] = [
  {
    name: "after calls its task once and never early",
    async run({ platform: { clock, timers } }) {
      for (const delayMs of [0, 0.3, 1, 1.7, 5, 12.5]) {
        const armedAt = clock.monotonicMs();
        let calls = 0;
        const firedAt = await new Promise<number>((resolve) => {
          timers.after(delayMs, () => {
            calls++;
            resolve(clock.monotonicMs());
          });
        });
        assert(firedAt - armedAt >= delayMs, `${delayMs} ms took ${firedAt - armedAt} ms`);
        await timers.sleep(2);
        assert.equal(calls, 1);
      }
    },
  },
  {
    name: "after never calls its task before it returns",
    async run({ platform: { timers } }) {
      let armed = false;
      await new Promise<void>((resolve, reject) => {
        timers.after(0, () => armed ? resolve() : reject(new Error("called inside after")));
        armed = true;
      });
    },
  },
  {
    name: "timers fire in the order of their delays",
    async run({ platform: { timers } }) {
      const fired: number[] = [];
      for (const delayMs of [40, 10, 25]) timers.after(delayMs, () => fired.push(delayMs));
      await timers.sleep(60);
      assert.deepEqual(fired, [10, 25, 40]);
    },
  },
  {
    name: "a cancelled timer never fires; cancelling again or after it fired does nothing",
    async run({ platform: { timers } }) {
      const fired: string[] = [];
      const cancelled = timers.after(5, () => fired.push("cancelled"));
      const kept = timers.after(5, () => fired.push("kept"));
      cancelled.cancel();
      cancelled.cancel();
      await timers.sleep(15);
      kept.cancel();
      assert.deepEqual(fired, ["kept"]);
    },
  },
  {
    name: "a delay beyond 2^31 ms does not fire at once",
    async run({ platform: { timers } }) {
      let fired = false;
      const timer = timers.after(2 ** 33, () => fired = true);
      await timers.sleep(10);
      timer.cancel();
      assert.equal(fired, false);
    },
  },
  {
    name: "yield lets timers have their turn",
    async run({ platform: { timers } }) {
      let fired = false;
      timers.after(1, () => fired = true);
      let turns = 0;
      while (!fired && turns < 1_000_000) {
        await timers.yield();
        turns++;
      }
      assert(fired);
    },
  },
  {
    name: "yield lets waiting I/O have its turn",
    async run({ platform: { network, timers }, host }) {
      const listener = network.listen({ host, port: 0 });
      const client = await network.connect(listener.address);
      const server = await listener.accept();
      assert(server);
      let received = 0;
      const reading = server.read(new Uint8Array(10)).then((length) => received = length);
      await client.write(new Uint8Array(3));
      let turns = 0;
      while (received === 0 && turns < 1_000_000) {
        await timers.yield();
        turns++;
      }
      assert.equal(received, 3);
      await reading;
      for (const end of [client, server, listener]) end.close();
    },
  },
];
