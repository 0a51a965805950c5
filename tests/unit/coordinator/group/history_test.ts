/**
 * Random histories of a group shard: whatever clients, the log and time do, the invariants of history.ts hold. Among
 * them: every request is answered exactly once; generations do not go back; a generation has one leader; members of
 * a stable generation have assignments; a commit is acknowledged when it is in the log, and what is in the log is
 * what is fetched; a shard that reads the log is in the same state.
 */

import fc from "fast-check";
import type { GroupConfig } from "../../../../src/coordinator/group/types.ts";
import { type Happening, History } from "./history.ts";

const happening = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(999));

function holds(config: Partial<GroupConfig>, runs: number): void {
  fc.assert(
    fc.property(
      fc.array(happening, { minLength: 1, maxLength: 400, size: "max" }),
      (happenings: Happening[]) => {
        const history = new History(config);
        for (const each of happenings) history.happen(each);
        history.finish();
      },
    ),
    { numRuns: runs },
  );
}

Deno.test("a shard's invariants hold in any history", () => holds({}, 150));

Deno.test("they hold with a delayed first rebalance (KIP-134)", () => {
  holds({ initialRebalanceDelayMs: 1_000 }, 100);
});

Deno.test("they hold with a group.max.size that is too small (KIP-389)", () => holds({ maxSize: 2 }, 100));

Deno.test("they hold when offsets expire quickly (KIP-211)", () => {
  holds({ offsetsRetentionMs: 2_000, offsetsRetentionCheckIntervalMs: 500 }, 100);
});
