/** Crashes: what was flushed survives, and what comes back is a prefix of what was written. */

import { runHistory } from "../../harness/log_history.ts";

Deno.test("random histories with crashes lose nothing that was flushed", async () => {
  for (let seed = 1; seed <= 150; seed++) await runHistory(seed);
});
