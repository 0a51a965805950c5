/** Compaction compared with a model over random histories: the last record of each key, whatever happens. */

import { runCompactionHistory } from "../harness/compaction_history.ts";

Deno.test("random histories of a compacted log keep the last record of each key", async () => {
  for (let seed = 1; seed <= 30; seed++) await runCompactionHistory(seed);
});
