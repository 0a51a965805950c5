import assert from "node:assert/strict";
import { parseSummary, summaryLine } from "../../../scripts/run_tests.ts";

Deno.test("the counts are those of the reporter's last line", () => {
  const output = [
    "ok | 1 passed | 0 failed (1ms)",
    "some test prints: 5 passed | 5 failed",
    "FAILED | 12 passed (3 steps) | 2 failed (1 step) | 3 ignored (4 steps) | 1 filtered out (2s)",
    "",
  ].join("\n");
  assert.deepEqual(parseSummary(output), { passed: 12, failed: 2, skipped: 3 });
});

Deno.test("a run without a summary has no counts", () => {
  assert.equal(parseSummary("error: Module not found\n"), null);
});

Deno.test("the plain line names skipped tests only when there are any", () => {
  assert.equal(summaryLine({ passed: 5, failed: 0, skipped: 0 }), "5 passed, 0 failed");
  assert.equal(summaryLine({ passed: 5, failed: 1, skipped: 2 }), "5 passed, 1 failed, 2 skipped");
});
