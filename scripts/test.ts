/** `deno task test [PATH...] [--filter NAME]`: runs the tests and ends with a plain line of counts. */

import { runTests, summaryLine } from "./run_tests.ts";

if (import.meta.main) {
  const counts = await runTests(Deno.args);
  console.log(summaryLine(counts));
  Deno.exit(counts.failed > 0 ? 1 : 0);
}
